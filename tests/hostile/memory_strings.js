// expect: error="memory limit exceeded"
// proof: stdout
// A few very long strings.
'use strict';
const held = [];
for (let n = 0; n < 100; n++)
	held.push(Buffer.alloc(8 << 20, String.fromCharCode(65 + n % 26)).toString('latin1'));
console.log('ESCAPED: holding', held.reduce((a, s) => a + s.length, 0) >> 20, 'MiB');
