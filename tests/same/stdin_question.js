// readline's question with an empty stdin prints its prompt and closes
const rl = require('readline').createInterface({ input: process.stdin, output: process.stdout, terminal: false });
rl.question('name? ', (a) => console.log('not reached', a));
rl.on('close', () => console.log('closed'));
