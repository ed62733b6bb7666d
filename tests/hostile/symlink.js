// expect: blocked
// proof: stdout
// A symbolic link out of the scratch directory, and a write through it.
'use strict';
try {
	const fs = require('fs');
	fs.symlinkSync('/etc', 'way-out');
	fs.writeFileSync('way-out/hostile-js.txt', 'was here');
	console.log('ESCAPED:', 'wrote', fs.realpathSync('way-out/hostile-js.txt'));
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
