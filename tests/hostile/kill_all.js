// expect: refused=kill
// proof: stdout
// Everything that this uid may signal.
'use strict';
try {
	process.kill(-1, 'SIGKILL');
	console.log('ESCAPED:', 'signalled every process');
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
