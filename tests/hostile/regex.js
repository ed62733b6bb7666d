// expect: error=timeout
// proof: stdout
// A regular expression that takes for ever, with a worker to look at the clock.
'use strict';
const { Worker } = require('worker_threads');
const w = new Worker(`const fs = require('fs');
	setTimeout(() => {
		fs.writeSync(1, 'ESCAPED: older than the limit\\n');
		process.kill(process.pid, 'SIGKILL');
	}, 7000);`, { eval: true });
w.on('online', () => setTimeout(() => /(a+)+$/.test('a'.repeat(60) + 'b'), 50));
