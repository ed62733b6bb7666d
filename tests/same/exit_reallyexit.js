// process.reallyExit runs no handler
process.on('exit', () => console.log('never'));
process.reallyExit(14);
