// util.inspect with options, custom inspection, circular objects, format, types, parseArgs, isDeepStrictEqual
const util = require('util');
const o = { n: { d: { e: { p: 1 } } }, long: 'x'.repeat(200), arr: Array.from({ length: 120 }, (_, i) => i), [util.inspect.custom] : undefined };
console.log(util.inspect(o, { depth: 5, breakLength: 60, maxArrayLength: 3, maxStringLength: 10, sorted: true, compact: false }));
console.log(util.inspect({ get a() { return 1; }, set b(v) {}, [Symbol.toStringTag]: 'Tag' }, { getters: true }), util.inspect('str', { colors: true }));
class P { [util.inspect.custom](d, opts) { return 'P<' + typeof opts.stylize + '>'; } }
console.log([new P()], util.inspect(new Proxy({ a: 1 }, {}), { showProxy: true }), util.inspect(Promise.resolve(4)), util.inspect(new Map([[{ a: 1 }, new Set()]]).entries()));
const a = {}, b = { a }; a.b = b;
console.log(a, util.isDeepStrictEqual({ x: [1] }, { x: [1] }), util.types.isRegExp(/x/), util.format('%s %s', 'a', { b: 1 }, 'c'), util.inspect(new Error('m')).split('\n')[0]);
console.log(util.parseArgs?.({ args: ['-f', '--bar', 'b'], options: { f: { type: 'boolean', short: 'f' }, bar: { type: 'string' } } }).values, util.stripVTControlCharacters?.('\x1b[1mx\x1b[0m'), util.inherits.length, util.callbackify.length);
class Ext extends Map { constructor() { super([[1, 2]]); this.extra = true; } }
console.log(new Ext(), [function () {}, async () => {}, function* g() {}, class extends P {}], new (class extends Array {})(2), [1.0, -0, [[]], {}], Object.assign(() => {}, { k: 1 }), new String('s'), globalThis.toString());
