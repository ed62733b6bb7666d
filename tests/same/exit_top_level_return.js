// a return at the top level of a CommonJS program ends it
console.log('before');
if (true) return;
console.log('not reached');
