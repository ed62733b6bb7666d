// expect: refused=mount
// proof: stdout
// with: x86_64
// Native code without a compiler: a shared object made by hand, whose initializer calls mount(0, 0, 0)
// and, unless that was refused, prints ESCAPED. process.dlopen then fails, too late.
'use strict';
const fs = require('fs');
const code = Buffer.from([
	0x31, 0xff, 0x31, 0xf6, 0x31, 0xd2, 0x4d, 0x31, 0xd2, 0x4d, 0x31, 0xc0,	// rdi rsi rdx r10 r8 = 0
	0xb8, 165, 0, 0, 0, 0x0f, 0x05,			// mount
	0x83, 0xf8, 0xff, 0x74, 31,			// -EPERM: done
	0x83, 0xf8, 0xda, 0x74, 26,			// -ENOSYS: done
	0xb8, 1, 0, 0, 0, 0xbf, 1, 0, 0, 0,		// write(1,
	0x48, 0x8d, 0x35, 10, 0, 0, 0,			//     text,
	0xba, 32, 0, 0, 0, 0x90, 0x0f, 0x05,		//     32)
	0x90,
	0xc3,
]);
const text = Buffer.from('ESCAPED: our own code ran mount\n');
const BASE = 0x400, DYN = 0x200, STR = 0x300, SYM = 0x320, HASH = 0x340;
const so = Buffer.alloc(0x1000);
so.write('\x7fELF\x02\x01\x01', 0, 'latin1');
const at = (o, ...fields) => {			// [size in bytes, value] ...
	for (const [size, v] of fields) {
		if (size === 8)
			so.writeBigUInt64LE(BigInt(v), o);
		else
			so.writeUIntLE(v, o, size);
		o += size;
	}
};
at(16, [2, 3], [2, 62], [4, 1], [8, 0], [8, 64], [8, 0], [4, 0], [2, 64], [2, 56], [2, 3], [2, 64], [2, 0], [2, 0]);
at(64, [4, 1], [4, 7], [8, 0], [8, 0], [8, 0], [8, 0x1000], [8, 0x1000], [8, 0x1000]);	// PT_LOAD, rwx
at(120, [4, 2], [4, 6], [8, DYN], [8, DYN], [8, DYN], [8, 0x80], [8, 0x80], [8, 8]);		// PT_DYNAMIC
at(176, [4, 0x6474e551], [4, 6], [8, 0], [8, 0], [8, 0], [8, 0], [8, 0], [8, 16]);		// PT_GNU_STACK
let o = DYN;
for (const [tag, v] of [[5, STR], [6, SYM], [4, HASH], [10, 8], [11, 24], [12, BASE], [0, 0]]) {
	at(o, [8, tag], [8, v]);
	o += 16;
}
at(HASH, [4, 1], [4, 1], [4, 0], [4, 0]);
code.copy(so, BASE);
text.copy(so, BASE + code.length);
so[BASE + code.indexOf(Buffer.from([0x48, 0x8d, 0x35])) + 3] = code.length - code.indexOf(Buffer.from([0x48, 0x8d, 0x35])) - 7;
const toRet = code.length - 1;
so[BASE + 23] = toRet - 24;
so[BASE + 28] = toRet - 29;
fs.writeFileSync('hostile.node', so);
try {
	process.dlopen({ exports: {} }, fs.realpathSync('hostile.node'));
} catch (e) {
	console.log('then:', e.message);
}
process.exitCode = 1;
