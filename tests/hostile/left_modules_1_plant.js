// expect: blocked
// proof: pair
// A package in node_modules beside the program: the next program's require finds it. Leaves
// it; the check follows on the same slot.
'use strict';
const fs = require('fs');
fs.mkdirSync('node_modules/kq7', { recursive: true });
fs.writeFileSync('node_modules/kq7/index.js', 'module.exports = 1');
fs.writeFileSync('package.json', '{"type":"module"}');
console.log('held: planted');
