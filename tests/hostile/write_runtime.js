// expect: blocked
// proof: stdout
// A package that the next program's require would find, beside the interpreter's own.
'use strict';
try {
	const fs = require('fs');
	const path = require('path');
	const Module = require('module');
	const places = [...Module.globalPaths, path.join(path.dirname(process.execPath), '../lib/node_modules'), '/node_modules',
		path.resolve('../node_modules')].filter((d) => !d.startsWith(process.cwd()) && !d.startsWith(process.env.HOME || '?'));
	let name, last;
	for (const d of places) {
		try {
			fs.mkdirSync(path.join(d, 'kq7'), { recursive: true });
			name = path.join(d, 'kq7', 'index.js');
			fs.writeFileSync(name, 'module.exports = 1');
			break;
		} catch (e) {
			last = e;
			name = undefined;
		}
	}
	if (!name)
		throw last;
	console.log('ESCAPED:', 'wrote', name);
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
