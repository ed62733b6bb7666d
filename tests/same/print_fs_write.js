// fs.writeSync to 1 and 2 interleaves with console in order
const fs = require('fs');
console.log('one');
fs.writeSync(1, 'two\n');
console.log('three', fs.writeSync(2, 'err\n'));
fs.writeFileSync(1, 'four\n');
