// expect: error="output limit exceeded"
// proof: stderr
// More than 16 MiB on stdout.
'use strict';
const fs = require('fs');
const block = Buffer.alloc(65536, 'x');
const say = (fd, b) => {
	for (let at = 0; at < b.length;) {
		try {
			at += fs.writeSync(fd, b, at);
		} catch (e) {
			if (e.code !== 'EAGAIN')
				throw e;
		}
	}
};
for (let n = 0; n < 320; n++)
	say(1, block);
say(2, Buffer.from('ESCAPED: 20 MiB went out\n'));
