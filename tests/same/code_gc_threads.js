// much garbage: young, old, large, with weak references and finalizers; the numbers are right
const refs = [], registry = new FinalizationRegistry(() => {});
let sum = 0, keep = new Map();
for (let i = 0; i < 3e6; i++) {
  const o = { i, s: 'k' + (i % 1000), a: [i, i + 1] };
  if (i % 1000 === 0) { keep.set(o.s + i, o); refs.push(new WeakRef(o)); registry.register(o, i); }
  sum += o.a[1] - o.i;
}
const big = [];
for (let i = 0; i < 20; i++) big.push(new Float64Array(1e5).fill(i), Buffer.alloc(1e5, i), 'x'.repeat(1e5));
console.log(sum, keep.size, refs.every((r) => r.deref().a[0] === r.deref().i), big.length, big[57][5], typeof gc);
