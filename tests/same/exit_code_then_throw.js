// an uncaught error counts more than process.exitCode
process.exitCode = 5;
process.on('exit', (c) => console.log('exit', c, process.exitCode));
null.x;
