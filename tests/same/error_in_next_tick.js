// an uncaught error in nextTick
process.nextTick(() => { throw new RangeError('tick'); });
Promise.resolve().then(() => console.log('never'));
process.on('exit', (c) => console.log('exit', c));
