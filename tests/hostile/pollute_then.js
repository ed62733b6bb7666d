// expect: blocked
// proof: careless
// Object.prototype.then makes a promise of every object that a promise resolves to, and
// hands us that object.
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
Object.defineProperty(Object.prototype, 'then', {
	configurable: true,
	get() {
		look(...Object.values(this));
	},
});
say(1, 'held: unless a line follows\n');
