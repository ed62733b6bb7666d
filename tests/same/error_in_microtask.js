// an uncaught error in queueMicrotask
queueMicrotask(() => { throw new TypeError('micro'); });
setImmediate(() => console.log('never'));
