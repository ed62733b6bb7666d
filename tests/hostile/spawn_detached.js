// expect: refused=clone,fork,vfork,clone3
// proof: stdout
// A process in a session of its own, that nobody waits for.
'use strict';
const held = (e) => {
	console.log('held:', e.code, e.message);
	process.exit(1);
};
process.on('uncaughtException', held);
const child = require('child_process').spawn('/bin/sh', ['-c', 'sleep 2'], { detached: true, stdio: 'ignore' });
child.on('error', held);
child.on('spawn', () => {
	child.unref();
	console.log('ESCAPED: process', child.pid, 'is on its own');
});
