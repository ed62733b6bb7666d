// expect: blocked
// proof: careless
// Module._load and the exports of shared modules: whoever requires later gets ours.
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
const Module = require('module');
const real = Module._load;
Module._load = function (name, ...rest) {
	const got = Reflect.apply(real, this, [name, ...rest]);
	return typeof got !== 'object' || got === null ? got : new Proxy(got, {
		get: (o, k) => typeof o[k] !== 'function' ? o[k] : (...args) => look(...args) || Reflect.apply(o[k], o, args),
	});
};
say(1, 'held: unless a line follows\n');
