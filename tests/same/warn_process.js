// warnings: emitted, as events, deprecated once, a leak of listeners
process.on('warning', (w) => console.log('event', w.name, w.message, w.code));
process.emitWarning('one', 'Kind', 'C1');
const f = require('util').deprecate(() => 1, 'old', 'DEP9');
f(); f();
const e = new (require('events'))();
for (let i = 0; i < 12; i++) e.on('x', () => {});
new Buffer(1);
