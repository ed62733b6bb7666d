// an uncaught error in a worker, with nobody who listens, is the main program's
const { Worker } = require('worker_threads');
new Worker('throw new EvalError("in a worker")', { eval: true });
process.on('exit', (c) => console.log('exit', c));
