// expect: refused=clone,fork,vfork,clone3
// proof: stdout
// A program without a shell.
'use strict';
try {
	const r = require('child_process').spawnSync(process.execPath, ['-e', 'process.exit(7)']);
	if (r.status !== 7)
		throw r.error || new Error(String(r.status));
	console.log('ESCAPED:', 'a second node ran');
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
