// expect: blocked
// proof: pair
// State in the runtime: a warm one must not carry it into the next run. Leaves it; the check
// follows on the same slot.
'use strict';
const fs = require('fs');
globalThis.kq7 = Object.prototype.kq7 = 1;
delete Object.prototype.kq7;
process.env.KQ7 = '1';
process.umask(0);
process.title = 'kq7';
fs.kq7 = 1;
try {
	fs.writeFileSync(require('path').join(require('os').homedir(), '.kq7'), '1');	// what a process can leave, unjailed
} catch (e) {
	console.log('no:', e.code);
}
console.log('held: planted');
