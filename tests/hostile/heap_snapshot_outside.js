// expect: blocked
// proof: stdout
// A heap snapshot, written by native code outside of the scratch directory.
'use strict';
try {
	const name = require('v8').writeHeapSnapshot('/etc/hostile.heapsnapshot');
	require('fs').statSync(name);
	console.log('ESCAPED:', 'wrote', name);
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
