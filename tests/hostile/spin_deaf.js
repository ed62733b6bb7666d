// expect: error=timeout
// proof: stdout
// Deaf to every signal that has a handler.
'use strict';
for (const name of Object.keys(require('os').constants.signals)) {
	try {
		process.on(name, () => {});
	} catch {}
}
process.on('exit', () => console.log('leaving'));
setTimeout(() => console.log('ESCAPED: older than the limit') || process.reallyExit(0), 7000);
setInterval(() => {}, 10);
