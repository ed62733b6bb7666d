// process.exit() is 0 and nothing after it runs
console.log('out');
process.exit();
console.log('not reached');
