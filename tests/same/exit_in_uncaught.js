// process.exit in a handler of uncaughtException
process.on('exit', (c) => console.log('exit', c));
process.on('uncaughtException', (e, origin) => { console.log(e.message, origin); process.exit(8); });
throw new Error('mine');
