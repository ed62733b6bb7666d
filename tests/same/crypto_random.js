// random values: lengths, ranges, and that two draws differ
const c = require('crypto'), web = globalThis.crypto ?? c.webcrypto;
console.log(c.randomBytes(16).length, !c.randomBytes(16).equals(c.randomBytes(16)), c.randomUUID().length, c.randomUUID() !== c.randomUUID(), c.randomInt(5) < 5);
console.log(web.getRandomValues(new Uint8Array(4)).length, c.randomUUID()[14]);
c.randomBytes(8, (e, b) => c.randomFill(Buffer.alloc(4), (e, f) => c.randomInt(10, 20, (e, n) => console.log(b.length, f.length, n >= 10 && n < 20))));
const r = Array.from({ length: 100 }, Math.random);
console.log(new Set(r).size, r.every((x) => x >= 0 && x < 1));
