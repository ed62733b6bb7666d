// expect: blocked
// proof: stdout
// Delete what other runs need.
'use strict';
try {
	require('fs').rmSync('/etc/passwd');
	console.log('ESCAPED:', 'deleted /etc/passwd');
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
