// process.exit in a timer: nothing after it, exit handlers run
process.on('exit', (c) => console.log('exit', c));
setTimeout(() => { console.log('timer'); process.exit(3); console.log('never'); }, 1);
setTimeout(() => console.log('never'), 50);
