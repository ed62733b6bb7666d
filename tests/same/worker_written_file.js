// workers from files the program wrote, CommonJS and ES module; terminate
const fs = require('fs'), { Worker } = require('worker_threads');
fs.writeFileSync('w.js', 'require("worker_threads").parentPort.postMessage(require("path").basename(__filename));');
fs.writeFileSync('w.mjs', 'import { parentPort } from "node:worker_threads"; parentPort.postMessage(typeof require);');
fs.writeFileSync('loop.js', 'require("worker_threads").parentPort.postMessage("looping"); for (;;);');
const run = (f) => new Promise((r) => new Worker(f).on('message', r));
(async () => {
  console.log(await run('./w.js'), await run('./w.mjs'));
  const w = new Worker('./loop.js');
  await new Promise((r) => w.once('message', r));
  console.log('terminated', await w.terminate());
})();
