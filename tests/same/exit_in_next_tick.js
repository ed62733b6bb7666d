// process.exit in nextTick comes before promises
process.on('exit', (c) => console.log('exit', c));
Promise.resolve().then(() => console.log('never'));
process.nextTick(() => process.exit(4));
console.log('body');
