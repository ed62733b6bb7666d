// a worker that is started from the program's own file, by isMainThread and __filename
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
if (isMainThread) {
  const w = new Worker(__filename, { workerData: 20 });
  w.on('message', (m) => console.log('fib', m));
  w.on('exit', (c) => console.log('exit', c));
} else {
  const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));
  parentPort.postMessage(fib(workerData));
}
