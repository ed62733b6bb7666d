// process.on('unhandledRejection') takes the rejection, rejectionHandled follows, exit 0
process.on('unhandledRejection', (r, p) => { console.log('unhandled', r.message, p === q); setTimeout(() => p.catch(() => {}), 1); });
process.on('rejectionHandled', (p) => console.log('handled', p === q));
const q = Promise.reject(new Error('late'));
