// expect: blocked
// proof: stdout
// A hard link to a file of root's.
'use strict';
try {
	const fs = require('fs');
	fs.linkSync('/etc/passwd', 'mine');
	console.log('ESCAPED:', 'linked, owner', fs.statSync('mine').uid);
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
