// an uncaught error in a timer
setTimeout(function tick() { undefined.x; }, 1);
setTimeout(() => console.log('never'), 100);
process.on('exit', (c) => console.log('exit', c));
