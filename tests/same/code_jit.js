// functions that get hot, are optimized, deoptimized by other types, and inlined
function add(a, b) { return a + b; }
let n = 0;
for (let i = 0; i < 2e6; i++) n = add(n, i % 7);
console.log(n, add('a', 1), add(1n, 2n), add([], {}), add(0.1, 0.2));
for (let i = 0; i < 1e6; i++) n = add(n, 0.5);
class A { f(x) { return x * 2; } } class B extends A { f(x) { return super.f(x) + 1; } }
const os = [new A(), new B(), { f: (x) => x }];
for (let i = 0; i < 2e6; i++) n += os[i % 3].f(i & 3);
function* g(k) { for (let i = 0; i < k; i++) yield i; }
let m = 0;
for (const x of g(3e5)) m += x;
const re = /(\d+)-(\w+)/g;
console.log(n, m, [...'12-ab 34-cd'.repeat(1000).matchAll(re)].length, eval('n + 1') - n, new Function('a', 'return a ** 2')(9));
