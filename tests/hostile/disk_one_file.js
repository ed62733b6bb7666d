// expect: error="file size limit exceeded"
// proof: stdout
// One file of more than 64 MiB. SIGXFSZ ends a node that does not ignore it.
'use strict';
const fs = require('fs');
const fd = fs.openSync('large', 'w');
const block = Buffer.alloc(1 << 20, 'x');
for (let n = 0; n < 80; n++)
	fs.writeSync(fd, block);
console.log('ESCAPED: a file of', fs.fstatSync(fd).size >> 20, 'MiB');
