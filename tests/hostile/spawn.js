// expect: refused=clone,fork,vfork,clone3
// proof: stdout
// A second process, the asynchronous way.
'use strict';
const held = (e) => {
	console.log('held:', e.code, e.message);
	process.exit(1);
};
process.on('uncaughtException', held);
const child = require('child_process').spawn('/bin/sh', ['-c', 'exit 7']);
child.on('error', held);
child.on('exit', (code) => {
	if (code !== 7)
		held(new Error(`exit ${code}`));
	console.log('ESCAPED: a shell ran');
});
