// expect: blocked
// proof: careless
// Every global that a bootstrap may look up late.
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
for (const name of ['String', 'Number', 'Error', 'Promise', 'Map', 'Set', 'Buffer', 'setTimeout', 'setImmediate',
	'queueMicrotask']) {
	const real = globalThis[name];
	globalThis[name] = new Proxy(real, {
		apply: (f, self, args) => look(...args) || Reflect.apply(f, self, args),
		construct: (f, args) => look(...args) || Reflect.construct(f, args),
	});
}
say(1, 'held: unless a line follows\n');
