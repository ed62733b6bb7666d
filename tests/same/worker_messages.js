// worker_threads: an eval worker gets workerData, answers messages, transfers a buffer, exits with a code
const { Worker, isMainThread, threadId, MessageChannel } = require('worker_threads');
const w = new Worker(`
  const { parentPort, workerData, isMainThread, threadId } = require('worker_threads');
  parentPort.on('message', (m) => {
    if (m === 'end') process.exit(3);
    parentPort.postMessage({ got: m, data: workerData, isMainThread, id: threadId > 0 });
  });`, { eval: true, workerData: { n: 1, s: 'ü' } });
console.log(isMainThread, threadId);
const buf = new ArrayBuffer(8);
w.postMessage({ map: new Map([[1, new Date(0)]]), buf }, [buf]);
console.log('detached', buf.byteLength);
w.on('message', (m) => { console.log(m); w.postMessage('end'); });
w.on('exit', (c) => {
  console.log('exit', c);
  const { port1, port2 } = new MessageChannel();
  port1.on('message', (m) => { console.log('channel', m); port1.close(); });
  port2.postMessage([1, 2]);
});
