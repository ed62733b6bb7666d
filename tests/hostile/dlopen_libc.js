// expect: blocked
// proof: stdout
// process.dlopen of a library that is no module: its code is loaded. It must give us nothing
// but an error, and the process its life.
'use strict';
try {
	const fs = require('fs');
	let loaded;
	const maps = fs.readFileSync('/proc/self/maps', 'latin1');
	const name = maps.match(/\S*\/libc\.\S+/)[0];
	try {
		process.dlopen({ exports: {} }, name);
	} catch (e) {
		loaded = e.message;
	}
	const fd = fs.openSync('/proc/self/mem', 'r+');
	console.log('ESCAPED:', 'our memory is a file,', loaded);
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
