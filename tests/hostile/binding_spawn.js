// expect: refused=clone,fork,vfork,clone3
// proof: stdout
// process.binding reaches the native spawn under child_process, past whoever replaced that.
'use strict';
try {
	const { spawn } = process.binding('spawn_sync');
	const r = spawn({ file: '/bin/sh', args: ['sh', '-c', 'exit 7'], envPairs: [],
		stdio: [{ type: 'ignore' }, { type: 'ignore' }, { type: 'ignore' }] });
	if (r.status !== 7)
		throw new Error(`status ${r.status}, error ${r.error}`);
	console.log('ESCAPED:', 'a shell ran');
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
