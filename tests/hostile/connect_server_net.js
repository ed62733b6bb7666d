// expect: blocked
// proof: stdout
// with: network
// Ask the sandbox's own API for another run. Not even with network.
'use strict';
const held = (e) => {
	console.log('held:', e.code, e.message);
	process.exit(1);
};
process.on('uncaughtException', held);
const PORT = 8194;
const c = require('net').connect(PORT, '127.0.0.1');
c.setTimeout(2000, () => held(new Error('no answer')));
c.on('error', held);
c.on('connect', () => c.write('GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'));
c.on('data', (d) => {
	console.log('ESCAPED: the server said', String(d).split('\r')[0]);
	process.exit(0);
});
