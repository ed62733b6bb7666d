// process.exit in an exit handler sets the code; handlers run once
process.on('exit', (c) => { console.log('first', c); process.exit(5); });
process.on('exit', (c) => console.log('second', c));
process.exit(2);
