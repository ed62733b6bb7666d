// expect: refused=clone,fork,vfork,clone3
// proof: stdout
// child_process.fork: another node, with a channel to us.
'use strict';
const held = (e) => {
	console.log('held:', e.code, e.message);
	process.exit(1);
};
process.on('uncaughtException', held);
const fs = require('fs');
fs.writeFileSync('child.js', 'process.send("hello")');
const child = require('child_process').fork('./child.js', { execArgv: [] });
child.on('error', held);
child.on('message', (m) => {
	console.log('ESCAPED: another node says', m);
	process.exit(0);
});
child.on('exit', () => held(new Error('it said nothing')));
