// expect: blocked
// proof: stdout
// A datagram to a port of the machine, network off.
'use strict';
const held = (e) => {
	console.log('held:', e.code, e.message);
	process.exit(1);
};
process.on('uncaughtException', held);
const PORT = 8194;
const s = require('dgram').createSocket('udp4');
s.on('error', held);
s.send('hello', PORT, '127.0.0.1', (e) => {
	if (e)
		held(e);
	console.log('ESCAPED: a datagram left');
	process.exit(0);
});
