// top-level await alone makes a program an ES module (node 20.19 and later)
const v = await new Promise((r) => setTimeout(r, 5, 'awaited'));
console.log(v);
for await (const x of (async function* () { yield 1; yield 2; })()) console.log(x);
