// structuredClone and v8.serialize: all kinds of values, errors, cycles, what cannot be cloned
const v8 = require('v8');
const o = { d: new Date(0), r: /x/gi, m: new Map([[1, { a: new Set([1]) }]]), e: new RangeError('e'), b: 10n ** 20n, u: undefined, t: new Uint8Array([1, 2]), n: -0, s: new String('s') };
o.self = o;
const c = structuredClone(o);
console.log(c.self === c, c.d, c.r, c.m, c.e.name, c.e.message, c.b, 'u' in c, c.t, Object.is(c.n, -0), c.s);
const buffer = new ArrayBuffer(8), moved = structuredClone(buffer, { transfer: [buffer] });
console.log(buffer.byteLength, moved.byteLength, v8.deserialize(v8.serialize(o)).m.get(1).a.size);
for (const f of [() => {}, Symbol('x'), new WeakMap(), { get x() { throw new Error('getter'); } }])
  try { structuredClone(f); console.log('?'); } catch (e) { console.log(e.name, e.code, e.message); }
