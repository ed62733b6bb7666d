// beforeExit runs when the loop is empty and may add work; exit runs last and starts nothing new
let n = 0;
process.on('beforeExit', (c) => {
  console.log('beforeExit', c, n);
  if (n++ < 2) setTimeout(() => console.log('more work'), 1);
});
process.on('exit', (c) => {
  console.log('exit', c);
  setTimeout(() => console.log('never'), 0);
  Promise.resolve().then(() => console.log('a microtask still runs'));
});
console.log('body');
