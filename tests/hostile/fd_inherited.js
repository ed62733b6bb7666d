// expect: blocked
// proof: stdout
// Descriptors that are neither the runtime's own (pipes, eventfds) nor ours: files,
// directories, sockets.
'use strict';
try {
	const fs = require('fs');
	const found = [];
	for (let fd = 3; fd < 4096; fd++) {
		let s;
		try {
			s = fs.fstatSync(fd);
		} catch {
			continue;
		}
		if (s.isDirectory() || s.isFile() || s.isSocket())
			found.push(`${fd}: ${s.mode.toString(8)}`);
	}
	if (!found.length)
		throw new Error('none');
	console.log('ESCAPED:', 'inherited', found);
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
