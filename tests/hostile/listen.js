// expect: blocked
// proof: stdout
// Serve HTTP from inside, network off.
'use strict';
const held = (e) => {
	console.log('held:', e.code, e.message);
	process.exit(1);
};
process.on('uncaughtException', held);
const http = require('http');
const s = http.createServer((q, a) => a.end('hello'));
s.on('error', held);
s.listen(0, '0.0.0.0', () => http.get({ port: s.address().port, host: '127.0.0.1' }, () => {
	console.log('ESCAPED: serving on port', s.address().port);
	process.exit(0);
}).on('error', held));
