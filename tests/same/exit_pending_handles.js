// unref'ed timers do not keep the program alive, ref'ed ones do
setTimeout(() => console.log('never'), 60000).unref();
const t = setInterval(() => {}, 60000);
setTimeout(() => { console.log(t.hasRef()); clearInterval(t); }, 100);
setImmediate(() => console.log('immediate')).hasRef();
