// expect: error="memory limit exceeded"
// proof: stdout
// Buffers lie outside of V8's heap.
'use strict';
const held = [];
for (let n = 0; n < 90; n++)
	held.push(Buffer.alloc(8 << 20, 1));
console.log('ESCAPED: holding', held.length * 8, 'MiB');
