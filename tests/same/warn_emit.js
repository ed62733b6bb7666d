// process.emitWarning and deprecations reach stderr once, and a listener sees them
process.on('warning', (w) => console.log('listener', w.name, w.code, w.message));
process.emitWarning('watch out');
process.emitWarning('typed', { type: 'Mine', code: 'M1', detail: 'some detail' });
new Buffer(5);
new Buffer(5);
const { deprecate } = require('util');
const old = deprecate(() => 1, 'old() is old', 'DEP_X');
old(); old();
