// inside an I/O callback setImmediate comes before setTimeout
require('fs').readFile('none', () => {
  setTimeout(() => console.log('timeout'), 0);
  setImmediate(() => console.log('immediate'));
  process.nextTick(() => console.log('tick'));
});
