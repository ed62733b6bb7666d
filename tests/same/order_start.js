// the first turns: body, nextTick, microtasks; immediates of one turn together; timers by their time
setImmediate(() => { setTimeout(() => console.log('timer 60'), 60); setTimeout(() => console.log('timer 5'), 5); });
setImmediate(() => { console.log('immediate 1'); process.nextTick(() => console.log('tick of 1')); Promise.resolve().then(() => console.log('micro of 1')); });
setImmediate(() => { console.log('immediate 2'); setImmediate(() => console.log('immediate of 2')); });
Promise.resolve().then(() => { console.log('micro 1'); process.nextTick(() => console.log('tick of micro')); }).then(() => console.log('micro 2'));
process.nextTick(() => { console.log('tick 1'); queueMicrotask(() => console.log('micro of tick')); });
process.nextTick((...a) => console.log('tick 2', a), 1, 2);
console.log('body');
