// expect: blocked
// proof: careless
// Buffer.allocUnsafe gives memory that others have used: the pool's, and freed blocks.
'use strict';
const mark = /Kq7-[a-z]+-secret/;
const say = require('fs').writeSync;
const test = RegExp.prototype.exec;
let told = false;
const look = (...values) => {
	for (const v of values) {
		if (told || (typeof v !== 'string' && !ArrayBuffer.isView(v)))
			continue;
		const hit = Reflect.apply(test, mark, [typeof v === 'string' ? v : Reflect.apply(latin1, v, ['latin1'])]);
		if (hit) {
			told = true;
			say(1, `ESCAPED: was handed ${hit[0]}\n`);
		}
	}
};
const latin1 = Buffer.prototype.toString;
look(Buffer.from(Buffer.allocUnsafe(1).buffer));
for (const size of [64, 1000, 4095, 65536, 1 << 20])
	for (let n = 0; n < 50; n++)
		look(Buffer.allocUnsafeSlow(size));
say(1, 'held: unless a line follows\n');
