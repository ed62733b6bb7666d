// expect: refused=clone,fork,vfork,clone3
// proof: stdout
// A shell, the synchronous way.
'use strict';
try {
	const said = require('child_process').execSync('echo out').toString();
	if (said !== 'out\n')
		throw new Error(said);
	console.log('ESCAPED:', 'a shell said', said);
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
