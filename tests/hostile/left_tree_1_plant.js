// expect: blocked
// proof: pair
// A tree of directories, some of them closed, links between them. Leaves it; the check
// follows on the same slot.
'use strict';
const fs = require('fs');
fs.mkdirSync('a/b/c', { recursive: true });
fs.writeFileSync('a/b/c/file', 'x');
fs.symlinkSync('../..', 'a/b/up');
fs.symlinkSync('/', 'a/root');
fs.chmodSync('a/b/c', 0);
fs.chmodSync('a', 0);
console.log('held: planted');
