// in an ES module promises come before nextTick
import 'node:fs';
process.nextTick(() => console.log('3 tick'));
Promise.resolve().then(() => console.log('2 promise'));
console.log('1 sync');
