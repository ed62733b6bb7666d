// expect: blocked
// proof: stdout
// inspector.open: a debugger that anybody who can connect may use. ESCAPED when it listens.
'use strict';
const inspector = require('inspector');
try {
	inspector.open(0, '127.0.0.1', false);
} catch (e) {
	console.log('no:', e.message);
}
const url = inspector.url();
console.log(url ? `ESCAPED: ${url}` : 'held: no debugger');
process.exit(url ? 0 : 1);
