// process.exitCode is used when the loop runs empty, and an exit handler may still change it
process.exitCode = 3;
process.on('exit', (c) => { console.log('exit', c, process.exitCode); process.exitCode = 9; });
console.log(process.exitCode);
