// an error in a worker reaches its error event with name and message; without a listener it is fatal
const { Worker } = require('worker_threads');
const w = new Worker('throw new TypeError("in the worker")', { eval: true });
w.on('error', (e) => console.log(e.name, e.message, e instanceof TypeError));
w.on('exit', (c) => {
  console.log('exit', c);
  new Worker('throw new Error("nobody listens")', { eval: true });
});
