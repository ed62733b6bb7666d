// uncaughtExceptionMonitor sees an error that nobody catches
process.on('uncaughtExceptionMonitor', (e, origin) => console.log('monitor', e.message, origin));
Promise.reject(new Error('rejected'));
