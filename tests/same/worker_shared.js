// SharedArrayBuffer and Atomics between three workers and the main thread
const { Worker } = require('worker_threads');
const sab = new SharedArrayBuffer(8), a = new Int32Array(sab);
const code = `const a = new Int32Array(require('worker_threads').workerData);
for (let i = 0; i < 1000; i++) Atomics.add(a, 0, 1);
Atomics.add(a, 1, 1); Atomics.notify(a, 1);`;
let left = 3;
for (let i = 0; i < 3; i++) new Worker(code, { eval: true, workerData: sab }).on('exit', () => { if (--left === 0) console.log('total', a[0]); });
while (Atomics.load(a, 1) < 3) Atomics.wait(a, 1, Atomics.load(a, 1), 50);
console.log('all done', a[0], Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5));
