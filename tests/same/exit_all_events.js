// timers, immediates, beforeExit, exit: in this order; beforeExit again after new work; the code is what was set last
process.exitCode = 1;
process.on('exit', (c) => { console.log('exit', c, process.exitCode, process._exiting); process.exitCode = 7; });
process.on('exit', (c) => console.log('exit', c, process.exitCode));
let n = 0;
process.on('beforeExit', (c) => { console.log('beforeExit', c, process.exitCode); if (n++ < 2) setImmediate(() => { process.exitCode = n + 1; }); });
setTimeout(() => setImmediate(() => console.log('immediate of a timer')), 2);
setTimeout(() => console.log('never'), 30000).unref();
