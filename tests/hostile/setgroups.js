// expect: refused=setgroups
// proof: stdout
// Supplementary groups: disk, docker, shadow.
'use strict';
try {
	process.setgroups([0, 6, 42]);
	console.log('ESCAPED:', 'groups', process.getgroups());
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
