// stdin is empty: read, readline and async iteration all end at once
const fs = require('fs');
console.log(JSON.stringify(fs.readFileSync(0, 'utf8')), fs.readSync(0, Buffer.alloc(5)));
(async () => {
  const rl = require('readline').createInterface({ input: process.stdin });
  let n = 0;
  for await (const line of rl) n++;
  console.log('lines', n, process.stdin.isTTY);
})();
