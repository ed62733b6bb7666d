// errors whose stack was taken away or changed
const a = new Error('kept');
a.stack = 'my own stack text';
console.log(require('util').inspect(a));
const e = new Error('bare');
delete e.stack;
throw e;
