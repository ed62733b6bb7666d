// what is not referenced does not keep the program: timers, intervals, ports; what is, does
const t = setInterval(() => console.log('never'), 10000);
console.log(t.hasRef(), t.unref().hasRef(), t.ref().hasRef(), t.unref().hasRef());
const { port1, port2 } = new MessageChannel();
port2.on('message', (m) => { console.log('message', m); port2.unref(); });
port1.postMessage('one');
setTimeout(() => console.log('end'), 20);
process.on('exit', () => console.log(typeof +t, Object.keys(t).length > 3));
