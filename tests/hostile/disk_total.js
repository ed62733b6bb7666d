// expect: blocked
// proof: stdout
// More than 128 MiB in files that are each allowed, still there a second later.
'use strict';
const fs = require('fs');
const block = Buffer.alloc(1 << 20, 'x');
try {
	for (let n = 0; n < 5; n++) {
		const fd = fs.openSync(`part${n}`, 'w');
		for (let m = 0; m < 32; m++)
			fs.writeSync(fd, block);
	}
} catch (e) {
	console.log('no:', e.message);
}
setTimeout(() => {
	const total = fs.readdirSync('.').reduce((a, n) => a + fs.statSync(n).blocks * 512, 0);
	console.log(total > 128 << 20 ? 'ESCAPED: holding' : 'held: only', total >> 20, 'MiB');
}, 1000);
