// expect: blocked
// proof: stdout
// The environment of the process that started us.
'use strict';
try {
	const fs = require('fs');
	const text = fs.readFileSync(`/proc/${process.ppid || 1}/environ`, 'latin1');
	if (!text)
		throw new Error('empty');
	console.log('ESCAPED:', text.slice(0, 60).split('\0')[0]);
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
