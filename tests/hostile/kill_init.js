// expect: refused=kill
// proof: stdout
// In a container the server is pid 1.
'use strict';
try {
	process.kill(1, 'SIGTERM');
	console.log('ESCAPED:', 'signalled pid 1');
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
