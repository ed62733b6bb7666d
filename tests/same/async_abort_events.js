// AbortController, EventTarget, events.once and on, util.promisify, Promise combinators
const { once, on, EventEmitter } = require('events'), util = require('util');
(async () => {
  const ac = new AbortController();
  ac.signal.addEventListener('abort', (e) => console.log('abort', e.type, ac.signal.reason.message));
  ac.abort(new Error('why'));
  console.log(ac.signal.aborted, AbortSignal.abort().reason.name);
  const alive = setInterval(() => {}, 1000), t = AbortSignal.timeout(5);
  await once(t, 'abort');
  clearInterval(alive);
  console.log(t.reason.name);
  const e = new EventEmitter();
  setImmediate(() => { e.emit('x', 1, 2); e.emit('x', 3); });
  console.log(await once(e, 'x'));
  setImmediate(() => { e.emit('y', 'a'); e.emit('y', 'b'); });
  for await (const [v] of on(e, 'y')) { console.log(v); if (v === 'b') break; }
  console.log(await util.promisify((a, cb) => cb(null, a + 1))(1), await util.promisify(setTimeout)(1, 'v'));
  console.log(await Promise.allSettled([1, Promise.reject(new Error('no'))]).then((r) => r.map((x) => x.status)), await Promise.any([Promise.reject(1), 2]), await Promise.race([new Promise(() => {}), 3]));
  await Promise.any([Promise.reject(1)]).catch((e) => console.log(e.name, e.errors, e.message));
  const et = new EventTarget();
  et.addEventListener('z', (ev) => console.log(ev.type, ev.detail ?? 'none', ev.cancelable), { once: true });
  et.dispatchEvent(new Event('z')); et.dispatchEvent(new Event('z'));
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = (m) => { console.log('port', m.data); port1.close(); };
  port2.postMessage({ a: 1 });
})();
