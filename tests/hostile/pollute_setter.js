// expect: blocked
// proof: careless
// A setter on Object.prototype catches every assignment of that name to an object without
// it.
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
for (const name of ['answer', 'key', 'code', 'stdout', 'token', 'secret', 'result']) {
	Object.defineProperty(Object.prototype, name, {
		configurable: true,
		set(v) {
			look(v);
			Object.defineProperty(this, name, { value: v, writable: true, configurable: true });
		},
		get() {},
	});
}
say(1, 'held: unless a line follows\n');
