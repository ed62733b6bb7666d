// expect: blocked
// proof: stdout
// Swap a directory for a link while fs.cp and fs.rm walk through it: only our own rights may
// be used.
'use strict';
const fs = require('fs');
const { Worker } = require('worker_threads');
fs.mkdirSync('real');
fs.symlinkSync('/etc', 'link');
const stop = Date.now() + 1500;
new Worker(`const fs = require('fs');
	while (Date.now() < ${stop}) {
		try {
			fs.renameSync('real', 'swap'); fs.renameSync('link', 'real');
			fs.renameSync('real', 'link'); fs.renameSync('swap', 'real');
		} catch {}
	}`, { eval: true });
let won = false;
while (Date.now() < stop && !won) {
	try {
		fs.writeFileSync('real/hostile-race', 'x');
	} catch {}
	won = fs.existsSync('/etc/hostile-race');
}
console.log(won ? 'ESCAPED: wrote /etc/hostile-race' : 'held: never outside');
process.exitCode = won ? 0 : 1;
