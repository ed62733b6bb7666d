// process.exit in a handler of unhandledRejection
process.on('exit', (c) => console.log('exit', c));
process.on('unhandledRejection', (e, p) => { console.log(e.message, p instanceof Promise); process.exit(9); });
Promise.reject(new Error('mine'));
