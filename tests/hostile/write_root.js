// expect: blocked
// proof: stdout
// Leave a file in /, outside of the scratch directory.
'use strict';
try {
	const name = require('path').join('/', 'hostile-js.txt');
	require('fs').writeFileSync(name, 'was here');
	console.log('ESCAPED:', 'wrote', name);
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
