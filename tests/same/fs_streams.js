// file streams: pipeline, highWaterMark, ranges, async iteration, errors
const fs = require('fs'), { pipeline } = require('stream/promises'), { createGzip, createGunzip } = require('zlib');
(async () => {
  const w = fs.createWriteStream('big');
  for (let i = 0; i < 2000; i++) if (!w.write('line ' + i + '\n')) await new Promise((r) => w.once('drain', r));
  await new Promise((r) => w.end(r));
  console.log(w.bytesWritten, fs.statSync('big').size);
  await pipeline(fs.createReadStream('big'), createGzip(), fs.createWriteStream('big.gz'));
  await pipeline(fs.createReadStream('big.gz'), createGunzip(), fs.createWriteStream('back'));
  console.log(fs.readFileSync('back').equals(fs.readFileSync('big')));
  let n = 0;
  for await (const c of fs.createReadStream('big', { highWaterMark: 1024, encoding: 'utf8' })) n += c.length;
  let lines = 0;
  for await (const l of require('readline').createInterface({ input: fs.createReadStream('big') })) lines++;
  const part = await fs.createReadStream('big', { start: 5, end: 9 }).toArray();
  console.log(n, lines, JSON.stringify(Buffer.concat(part).toString()));
  await pipeline(fs.createReadStream('none'), fs.createWriteStream('x')).catch((e) => console.log(e.code));
})();
