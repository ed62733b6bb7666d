// expect: error=timeout
// proof: stdout
// A stopped process neither ends nor hears SIGTERM.
'use strict';
const began = Date.now();
try {
	process.kill(process.pid, 'SIGSTOP');
} catch (e) {
	console.log('no:', e.message);
}
setTimeout(() => console.log('ESCAPED: older than the limit'), Math.max(0, 6000 - (Date.now() - began)));
