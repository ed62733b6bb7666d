// an 'error' event without a listener: of an emitter, with a value that is no Error, of a stream
const { EventEmitter } = require('events');
try { new EventEmitter().emit('error', { odd: 1 }); } catch (e) { console.log(e.code, e.message); }
try { new EventEmitter().emit('error'); } catch (e) { console.log(e.code, e.message); }
new EventEmitter({ captureRejections: true }).on('x', async () => { throw new Error('captured'); }).on('error', (e) => console.log(e.message)).emit('x');
require('fs').createReadStream('missing');
