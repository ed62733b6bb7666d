// expect: blocked
// proof: stdout
// A diagnostic report, written by native code outside of the scratch directory.
'use strict';
try {
	const fs = require('fs');
	process.report.directory = '/etc';
	process.report.writeReport('hostile-report.json');
	fs.statSync('/etc/hostile-report.json');
	console.log('ESCAPED:', 'wrote /etc/hostile-report.json');
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
