// expect: refused=clone,fork,vfork,clone3
// proof: stdout
// cluster.fork: as many nodes as one likes.
'use strict';
const held = (e) => {
	console.log('held:', e.code, e.message);
	process.exit(1);
};
process.on('uncaughtException', held);
const cluster = require('cluster');
require('fs').writeFileSync('worker.js', 'process.send("hello")');
cluster.setupPrimary({ exec: './worker.js', execArgv: [] });
for (let n = 0; n < 2; n++) {
	const child = cluster.fork();
	child.on('error', held);
	child.on('message', (m) => {
		console.log('ESCAPED: another node says', m);
		process.exit(0);
	});
	child.on('exit', () => held(new Error('it said nothing')));
}
