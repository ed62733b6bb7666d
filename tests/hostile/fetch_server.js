// expect: blocked
// proof: stdout
// with: network
// The same by fetch, by name.
'use strict';
const held = (e) => {
	console.log('held:', e.code, e.message);
	process.exit(1);
};
process.on('uncaughtException', held);
const PORT = 8194;
fetch(`http://localhost:${PORT}/health`, { signal: AbortSignal.timeout(2000) }).then((r) => {
	console.log('ESCAPED: the server said', r.status);
	process.exit(0);
}, (e) => held(e.cause || e));
