// expect: blocked
// proof: careless
// process.exit, reallyExit, emit and the exit event: look at what the bootstrap ends with.
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
for (const name of ['exit', 'reallyExit', 'emit', 'abort', 'kill', 'nextTick']) {
	const real = process[name];
	process[name] = function (...args) {
		look(...args, ...Object.values(args[0] ?? {}));
		return Reflect.apply(real, process, args);
	};
}
say(1, 'held: unless a line follows\n');
