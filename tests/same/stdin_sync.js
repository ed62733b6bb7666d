// stdin is empty: read at once, then as a stream, then by an iterator
const fs = require('fs');
console.log(JSON.stringify(fs.readFileSync(0, 'utf8')), fs.readSync(0, Buffer.alloc(5)));
process.stdin.setEncoding('utf8').on('data', () => console.log('never')).on('end', async () => {
  console.log('end', process.stdin.readableEnded);
  for await (const _ of process.stdin) console.log('never');
  console.log('over');
});
