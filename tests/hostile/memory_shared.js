// expect: blocked
// proof: stdout
// SharedArrayBuffers, filled by workers.
'use strict';
let held = 0;
try {
	const all = [];
	for (let n = 0; n < 80; n++) {
		const b = new SharedArrayBuffer(8 << 20);
		new Uint8Array(b).fill(1);
		all.push(b);
		held += b.byteLength;
	}
	console.log('ESCAPED: holding', held >> 20, 'MiB');
} catch (e) {
	console.log('held:', held >> 20, 'MiB:', e.message);
	process.exitCode = 1;
}
