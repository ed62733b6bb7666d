// async_hooks: types in their order, the resource of the top level, what triggers what
const h = require('async_hooks'), seen = [];
const top = h.executionAsyncId();
console.log(Object.keys(h.executionAsyncResource()).length, typeof top, h.triggerAsyncId());
const hook = h.createHook({ init(id, type, trigger) { seen.push([type, trigger === top]); } }).enable();
setTimeout(() => {}, 1); setImmediate(() => {}); process.nextTick(() => {}); new h.AsyncResource('MINE'); Promise.resolve();
require('fs').stat('.', () => {});
hook.disable();
process.on('exit', () => console.log(JSON.stringify(seen)));
