// process.exit in beforeExit: exit follows, beforeExit not again
process.on('exit', (c) => console.log('exit', c));
process.on('beforeExit', () => { console.log('beforeExit'); process.exit(6); });
