// expect: blocked
// proof: careless
// Object.prototype.get and set poison every property descriptor that is made from a plain
// object: defineProperty then throws. The run must still end, and be answered.
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
const define = Object.defineProperty;
const real = JSON.stringify;
JSON.stringify = (v) => look(v) || real(v);
Object.prototype.get = function () {
	return 'hostile';
};
setTimeout(() => {
	delete Object.prototype.get;
	JSON.stringify(Object.keys(globalThis).join());
}, 20);
say(1, 'held: unless a line follows\n');
