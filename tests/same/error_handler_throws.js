// an exception inside the uncaughtException handler is fatal, exit 7
process.on('uncaughtException', (e) => { throw new Error('handler: ' + e.message); });
throw new Error('original');
