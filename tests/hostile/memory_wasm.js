// expect: blocked
// proof: stdout
// WebAssembly memory, grown page by page and touched.
'use strict';
let held = 0;
try {
	const memories = [];
	for (let n = 0; n < 80; n++) {
		const m = new WebAssembly.Memory({ initial: 1, maximum: 1024 });
		m.grow(127);
		new Uint8Array(m.buffer).fill(1);
		memories.push(m);
		held += m.buffer.byteLength;
	}
	console.log('ESCAPED: holding', held >> 20, 'MiB');
} catch (e) {
	console.log('held:', held >> 20, 'MiB:', e.message);
	process.exitCode = 1;
}
