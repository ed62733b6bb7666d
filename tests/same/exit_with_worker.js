// process.exit while a worker runs: it is stopped
const { Worker } = require('worker_threads');
const w = new Worker('require("worker_threads").parentPort.postMessage(1); for (;;);', { eval: true });
w.on('message', () => process.exit(12));
w.on('exit', () => console.log('never'));
