// a rejection that is handled late: unhandledRejection, then rejectionHandled
process.on('unhandledRejection', (e) => console.log('unhandled', e));
process.on('rejectionHandled', (p) => console.log('handled', p === late));
const late = Promise.reject(1);
setTimeout(() => late.catch((e) => console.log('caught', e)), 5);
const { promise } = (() => { let r; const promise = new Promise((_, rej) => { r = rej; }); r(2); return { promise }; })();
promise.catch(() => console.log('in time'));
