// descriptors: 0, 1 and 2 are open; the first that is opened is the lowest that node leaves free, again after it is closed
const fs = require('fs');
for (const fd of [0, 1, 2]) fs.fstatSync(fd);
const a = fs.openSync('f', 'w');
fs.closeSync(a);
console.log(fs.openSync('f', 'r') === a);
