// expect: blocked
// proof: stdout
// More than 256 descriptors.
'use strict';
const fs = require('fs');
const fds = [];
try {
	while (fds.length < 300)
		fds.push(fs.openSync('.', 'r'));
	console.log('ESCAPED:', fds.length, 'descriptors');
} catch (e) {
	console.log('held:', fds.length, 'descriptors:', e.code);
	process.exitCode = 1;
}
