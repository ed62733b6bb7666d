// a worker: the process's pid, ids that start at 1, its own globals, arguments and environment
const w = require('worker_threads');
console.log(w.isMainThread, w.threadId, w.parentPort, w.workerData, Object.keys(w.resourceLimits));
process.env.SHARED = 'no';
globalThis.mine = 1;
const run = (n) => new Promise((done) => new w.Worker(`const w = require('worker_threads');
  process.env.SHARED = 'changed';
  w.parentPort.postMessage([process.pid, w.threadId, w.isMainThread, w.workerData, process.argv.slice(2), typeof mine, process.uptime() < 3, process.env.SHARED, Object.keys(w.resourceLimits).length, require.main === module, module.id])`,
{ eval: true, workerData: { n }, argv: ['a' + n] }).on('message', done));
(async () => {
  for (const n of [1, 2]) { const [pid, ...rest] = await run(n); console.log(pid === process.pid, ...rest); }
  console.log(process.env.SHARED);
})();
