// a second of optimized code is not needed: sieve, matrix, strings, sorting and garbage by the megabyte
const n = 300000, s = new Uint8Array(n + 1);
let primes = 0;
for (let i = 2; i <= n; i++) { if (!s[i]) { primes++; for (let j = i * 2; j <= n; j += i) s[j] = 1; } }
const m = Array.from({ length: 80 }, (_, i) => Array.from({ length: 80 }, (_, j) => (i * j) % 7));
const p = m.map((r) => m[0].map((_, j) => r.reduce((t, v, k) => t + v * m[k][j], 0)));
let keep = [];
for (let i = 0; i < 150000; i++) { keep.push({ i, s: 'v' + i }); if (keep.length > 10000) keep = []; }
const words = Array.from({ length: 50000 }, (_, i) => 'w' + ((i * 7919) % 10007));
const count = new Map();
for (const w of words) count.set(w, (count.get(w) ?? 0) + 1);
console.log(primes, p.flat().reduce((a, b) => a + b), keep.length, count.size, [...count].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]);
