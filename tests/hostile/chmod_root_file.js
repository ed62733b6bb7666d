// expect: blocked
// proof: stdout
// Open up a file of root's.
'use strict';
try {
	require('fs').chmodSync('/etc/passwd', 0o666);
	console.log('ESCAPED:', 'changed the mode of /etc/passwd');
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
