// expect: refused=setuid,setresuid,setreuid
// proof: stdout
// Root again, by process.setuid.
'use strict';
try {
	process.setuid(0);
	console.log('ESCAPED:', 'uid', process.getuid(), 'gid', process.getgid());
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
