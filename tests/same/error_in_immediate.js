// an uncaught error in setImmediate; the handler lets the next one run
process.on('uncaughtException', (e, o) => console.log('caught', e.message, o));
setImmediate(() => { throw new Error('one'); });
setImmediate(() => { console.log('two'); throw new Error('two'); });
setTimeout(() => console.log('timer'), 100);
