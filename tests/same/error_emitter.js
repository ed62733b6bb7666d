// an 'error' event nobody listens to is thrown; errorMonitor and captureRejections work
const EventEmitter = require('events');
const e = new EventEmitter({ captureRejections: true });
e.on(EventEmitter.errorMonitor, (x) => console.log('monitor', x.message));
e.on('go', async () => { throw new Error('async listener'); });
e.once('error', (x) => { console.log('error', x.message); e.emit('error', new Error('nobody listens')); });
e.emit('go');
