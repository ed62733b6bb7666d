// expect: blocked
// proof: stdout
// More than 4096 files, still there a second later.
'use strict';
const fs = require('fs');
try {
	for (let n = 0; n < 5000; n++)
		fs.writeFileSync(`f${n}`, '');
} catch (e) {
	console.log('no:', e.message);
}
setTimeout(() => {
	const n = fs.readdirSync('.').length;
	console.log(n > 4096 ? 'ESCAPED:' : 'held: only', n, 'files');
}, 1000);
