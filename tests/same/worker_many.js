// eight workers at a time, each with a heap and a timer of its own; all end
const { Worker } = require('worker_threads');
const code = `const a = []; for (let i = 0; i < 3e5; i++) a.push({ i }); setTimeout(() => require('worker_threads').parentPort.postMessage(a.length), 5);`;
Promise.all([...Array(8)].map(() => new Promise((done, no) => { let got; new Worker(code, { eval: true }).on('message', (m) => { got = m; }).on('error', no).on('exit', (c) => done([got, c])); })))
  .then((all) => console.log(JSON.stringify(all)));
