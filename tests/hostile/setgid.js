// expect: refused=setgid,setresgid,setregid
// proof: stdout
// Root again, by process.setgid.
'use strict';
try {
	process.setgid(0);
	console.log('ESCAPED:', 'uid', process.getuid(), 'gid', process.getgid());
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
