// zlib: gzip, deflate, brotli, one shot and by callback, damaged data, crc by known output
const zlib = require('zlib'), { promisify } = require('util');
const data = Buffer.from('the quick brown fox '.repeat(3000));
for (const [c, d] of [['gzipSync', 'gunzipSync'], ['deflateSync', 'inflateSync'], ['deflateRawSync', 'inflateRawSync'], ['brotliCompressSync', 'brotliDecompressSync']]) {
  const z = zlib[c](data);
  console.log(c, z.length < data.length / 20, zlib[d](z).equals(data));
}
(async () => {
  for (const [c, d] of [['gzip', 'gunzip'], ['deflate', 'unzip'], ['brotliCompress', 'brotliDecompress']])
    console.log(c, (await promisify(zlib[d])(await promisify(zlib[c])(data))).equals(data));
  await promisify(zlib.gunzip)(Buffer.from('not gzip')).catch((e) => console.log(e.code, e.message));
  try { zlib.inflateSync(zlib.deflateSync(data).subarray(0, 20)); } catch (e) { console.log(e.code); }
  const all = await Promise.all(Array.from({ length: 12 }, (_, i) => promisify(zlib.gzip)(Buffer.alloc(50000, i))));
  console.log(all.length, all.every((z, i) => zlib.gunzipSync(z)[0] === i));
  const out = [];
  const g = zlib.createGzip({ level: 9 });
  g.on('data', (c) => out.push(c)).on('end', () => console.log('stream', zlib.gunzipSync(Buffer.concat(out)).length));
  for (let i = 0; i < 100; i++) g.write('chunk ' + (i % 10));
  g.end();
})();
