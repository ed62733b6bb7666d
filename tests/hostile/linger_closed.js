// expect: error=timeout
// proof: file
// Both pipes at EOF, and the process still there. It leaves a mark in the file ESCAPED if it
// lives.
'use strict';
const fs = require('fs');
fs.closeSync(1);
fs.closeSync(2);
setTimeout(() => {
	fs.writeFileSync('ESCAPED', '');
	process.reallyExit(0);
}, 7000);
