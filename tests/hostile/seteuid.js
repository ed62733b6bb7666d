// expect: refused=seteuid,setresuid,setreuid
// proof: stdout
// Root again, by process.seteuid.
'use strict';
try {
	process.seteuid(0);
	console.log('ESCAPED:', 'uid', process.getuid(), 'gid', process.getgid());
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
