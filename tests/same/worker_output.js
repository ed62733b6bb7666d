// a worker's console output reaches the streams of the program, or its own when asked
const { Worker } = require('worker_threads');
const w = new Worker('console.log("from the worker"); console.error("worker err")', { eval: true, stdout: true });
let text = '';
w.stdout.on('data', (d) => { text += d; });
w.on('exit', () => {
  setTimeout(() => {
    console.log(JSON.stringify(text));
    new Worker('console.log("straight through")', { eval: true });
  }, 20);
});
