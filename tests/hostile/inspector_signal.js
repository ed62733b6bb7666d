// expect: blocked
// proof: stdout
// SIGUSR1 to ourselves starts the debugger, without inspector.open.
'use strict';
process.kill(process.pid, 'SIGUSR1');
setTimeout(() => {
	const url = require('inspector').url();
	console.log(url ? `ESCAPED: ${url}` : 'held: no debugger');
	process.exit(url ? 0 : 1);
}, 700);
