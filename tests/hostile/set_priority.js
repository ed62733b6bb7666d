// expect: refused=setpriority
// proof: stdout
// Starve the server, and take its share.
'use strict';
try {
	const os = require('os');
	os.setPriority(process.ppid || 1, 19);
	console.log('ESCAPED:', 'the parent is nice now');
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
