// expect: refused=kill
// proof: stdout
// End the process that started us: a template, or the server itself.
'use strict';
try {
	process.kill(process.ppid || 1, 'SIGTERM');
	console.log('ESCAPED:', 'signalled the parent');
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
