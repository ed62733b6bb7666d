// eleven listeners give the leak warning with the program's count
const e = new (require('events'))();
for (let i = 0; i < 12; i++) e.on('x', () => {});
console.log(e.listenerCount('x'), e.getMaxListeners());
