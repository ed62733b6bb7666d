// expect: error=timeout
// proof: stdout
// A worker holds the process open, and refuses to end.
'use strict';
const { Worker } = require('worker_threads');
new Worker(`const fs = require('fs');
	const began = Date.now();
	while (Date.now() - began < 7000)
		;
	fs.writeSync(1, 'ESCAPED: older than the limit\\n');`, { eval: true });
