// an uncaught error in beforeExit
process.on('beforeExit', () => { throw new Error('late'); });
process.on('exit', (c) => console.log('exit', c));
