// expect: refused=setgroups
// proof: stdout
// The groups of another user, looked up by the library.
'use strict';
try {
	process.initgroups(0, 0);
	console.log('ESCAPED:', 'groups', process.getgroups());
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
