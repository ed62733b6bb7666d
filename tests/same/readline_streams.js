// readline on a stream the program holds: lines of all kinds, events, promises
const { Readable } = require('stream'), readline = require('readline');
const rl = readline.createInterface({ input: Readable.from(['one\ntw', 'o\r\nthree\r', '\n\nlast without end']), crlfDelay: Infinity });
rl.on('line', (l) => console.log(JSON.stringify(l)));
rl.on('close', async () => {
  const p = require('readline/promises').createInterface({ input: Readable.from(['answer\n']), output: process.stdout });
  console.log('got', await p.question('q? '));
  p.close();
});
