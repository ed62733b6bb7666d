// expect: blocked
// proof: pair
// State in the runtime: a warm one must not carry it into the next run. Looks for what the
// plant, just before it on this slot, has left.
'use strict';
const fs = require('fs');
const found = Object.entries({
	global: 'kq7' in globalThis, env: 'KQ7' in process.env, umask: process.umask(0o22) === 0, fs: 'kq7' in fs,
	title: process.title === 'kq7', home: fs.existsSync(require('path').join(require('os').homedir(), '.kq7')),
}).filter(([, there]) => there).map(([name]) => name);
console.log(found.length ? `ESCAPED: the run before is still in ${found}` : 'held: a fresh runtime');
