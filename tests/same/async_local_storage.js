// AsyncLocalStorage follows timers, promises and callbacks; diagnostics_channel
const { AsyncLocalStorage, AsyncResource, executionAsyncId } = require('async_hooks');
const als = new AsyncLocalStorage();
als.run({ id: 1 }, async () => {
  await null;
  console.log(als.getStore());
  setTimeout(() => {
    console.log('timer', als.getStore());
    require('fs').readFile('none', () => console.log('fs', als.getStore()?.id));
  }, 1);
  await als.run({ id: 2 }, async () => { await 0; console.log(als.getStore().id); });
});
console.log(als.getStore(), executionAsyncId());
const dc = require('diagnostics_channel');
dc.subscribe?.('my', (m, n) => console.log(m, n));
dc.channel('my').publish('hello');
new AsyncResource('R').runInAsyncScope(() => console.log('scope'));
