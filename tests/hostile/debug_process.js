// expect: refused=kill
// proof: stdout
// process._debugProcess turns on the debugger of another node: a shared template, a
// neighbour's run.
'use strict';
try {
	if (process.ppid === 0)
		process.kill(1, 0);
	process._debugProcess(process.ppid);
	console.log('ESCAPED:', 'signalled the parent');
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
