// process.exit in a promise reaction
process.on('exit', (c) => console.log('exit', c));
setImmediate(() => console.log('never'));
(async () => { await null; process.exit(5); })().finally(() => console.log('never'));
