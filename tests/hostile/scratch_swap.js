// expect: blocked
// proof: stdout
// Replace the scratch directory by a link to /etc: the clean-up would empty that.
'use strict';
try {
	const fs = require('fs');
	const here = process.cwd();
	fs.renameSync(here, here + '.gone');
	fs.symlinkSync('/etc', here);
	console.log('ESCAPED:', here, 'is', fs.readlinkSync(here));
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
