// expect: error="memory limit exceeded"
// proof: stdout
// Under a megabyte that unpacks to 700, and is kept.
'use strict';
const zlib = require('zlib');
const small = zlib.gzipSync(Buffer.alloc(100 << 20));
const held = [];
for (let n = 0; n < 7; n++)
	held.push(zlib.gunzipSync(small));
console.log('ESCAPED:', small.length, 'bytes became', held.length * 100, 'MiB');
