// expect: blocked
// proof: stdout
// A named socket in the file system and an abstract one: channels to other runs.
'use strict';
const held = (e) => {
	console.log('held:', e.code, e.message);
	process.exit(1);
};
process.on('uncaughtException', held);
const net = require('net');
const s = net.createServer();
s.on('error', held);
s.listen('\0kq7-channel', () => {
	console.log('ESCAPED: listening on an abstract name');
	process.exit(0);
});
