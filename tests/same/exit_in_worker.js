// process.exit in a worker ends the worker alone
const { Worker } = require('worker_threads');
new Worker('process.on("exit", (c) => console.log("in the worker", c)); process.exit(3);', { eval: true }).on('exit', (c) => { console.log('worker ended', c); process.exitCode = 11; });
process.on('exit', (c) => console.log('exit', c));
