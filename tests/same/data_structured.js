// structuredClone, v8.serialize, Proxy, Reflect, WeakRef, Symbol, BigInt, generators, private fields
const o = { d: new Date(0), m: new Map([[{ k: 1 }, new Set([1n])]]), r: /x/g, e: new RangeError('x'), b: new Uint8Array(2) }; o.self = o;
const c = structuredClone(o);
console.log(c.self === c, c.d, c.m, c.e.name, require('v8').deserialize(require('v8').serialize({ a: [1, 'ü'] })));
try { structuredClone(() => 1); } catch (e) { console.log(e.name, e.code, e.message); }
const p = new Proxy({}, { get: (t, k) => 'got ' + String(k), has: () => true, ownKeys: () => ['a'], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }) });
console.log(p.x, 'y' in p, Object.keys(p), Reflect.ownKeys({ b: 1, 2: 1, a: 1, [Symbol.iterator]: 1 }), new WeakRef(o).deref() === o);
console.log(2n ** 100n, -7n / 2n, BigInt.asIntN(8, 255n), typeof 1n, 0x1fn, [3n, 1, 2n].sort().join());
function* g() { try { const x = yield 1; console.log('x', x); yield* [2, 3]; } finally { console.log('fin'); } }
const it = g();
console.log(it.next(), it.next('in'), it.return(9), it.next());
class A { #x = 1; static s = A.name; get x() { return this.#x; } static { this.t = 2; } has(o) { return #x in o; } }
console.log(new A().x, A.s, A.t, new A().has({}), Object.groupBy?.([1, 2, 3], (v) => (v % 2 ? 'odd' : 'even')), [1, [2, [3]]].flat(Infinity), 'aXbX'.replaceAll('X', '-'), [1, 2, 3].at(-1));
console.log([...'a1b22'.matchAll(/(?<l>[a-z])(\d+)/g)].map((m) => m.groups.l + m[2]), /(?<=\$)\d+/.exec('$42')[0], 'x'.padStart(3, 'ab'), Array.from({ length: 3 }, (_, i) => i ** 2), a?.b ?? 'none');
var a;
