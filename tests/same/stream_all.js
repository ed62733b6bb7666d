// streams: pipeline, Transform, objectMode, Duplex, async generators, errors and destroy
const { Readable, Writable, Transform, Duplex, PassThrough, pipeline, finished } = require('stream');
const { pipeline: pp } = require('stream/promises');
(async () => {
  const got = [];
  await pp(Readable.from([1, 2, 3]), new Transform({ objectMode: true, transform(x, _, cb) { this.push(x); cb(null, x * 10); } }), async function* (s) { for await (const x of s) yield x + 1; }, new Writable({ objectMode: true, write(x, _, cb) { got.push(x); cb(); } }));
  console.log(got);
  const pt = new PassThrough({ highWaterMark: 4 });
  console.log(pt.write('abc'), pt.write('defg'), pt.writableNeedDrain, pt.read(2).toString(), pt.readableLength);
  await pp(Readable.from(['a']), new Transform({ transform(c, e, cb) { cb(new Error('broken pipe stage')); } }), new PassThrough()).catch((e) => console.log(e.message));
  const r = new Readable({ read() {} });
  finished(r, (e) => console.log('finished', e.code));
  r.destroy();
  await new Promise((res) => r.on('close', res));
  try { for await (const x of Readable.from((async function* () { yield 1; throw new Error('source'); })())) console.log('item', x); } catch (e) { console.log(e.message); }
  console.log(await Readable.from([1, 2, 3, 4]).filter((x) => x % 2).map((x) => x * x).toArray());
  const web = new ReadableStream({ start(c) { c.enqueue('w'); c.close(); } });
  for await (const x of web) console.log('web', x);
  const { readable, writable } = new TransformStream({ transform(c, k) { k.enqueue(c + '!'); } });
  const wr = writable.getWriter();
  wr.write('t'); wr.close();
  console.log(await require('stream/consumers').text(readable.pipeThrough(new TextEncoderStream())));
  const dup = Duplex.from(async function* (s) { for await (const c of s) yield String(c).toUpperCase(); });
  dup.end('dup');
  console.log(String(await dup.toArray()));
})();
