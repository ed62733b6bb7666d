// expect: blocked
// proof: stdout
// Give a file to the next slot's uid.
'use strict';
try {
	const fs = require('fs');
	fs.writeFileSync('gift', '');
	fs.chownSync('gift', process.getuid() + 1, process.getgid() + 1);
	console.log('ESCAPED:', 'gave a file away');
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
