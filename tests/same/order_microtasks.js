// sync code, nextTick, promises and queueMicrotask run in node's order
console.log('1 sync');
setImmediate(() => {
  console.log('6 immediate');
  setTimeout(() => console.log('9 timeout'), 0);
  process.nextTick(() => console.log('7 tick in immediate'));
  Promise.resolve().then(() => console.log('8 promise in immediate'));
});
Promise.resolve().then(() => { console.log('4 promise'); process.nextTick(() => console.log('5b tick from promise')); });
queueMicrotask(() => console.log('5 microtask'));
process.nextTick(() => { console.log('3 tick'); process.nextTick(() => console.log('3b tick in tick')); });
(async () => { console.log('2 async body'); await 0; console.log('5a after await'); })();
console.log('2b sync end');
