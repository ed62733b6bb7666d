// throw of null and undefined
process.on('exit', (c) => console.log('exit', c));
throw null;
