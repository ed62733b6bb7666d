// process.on('uncaughtException') keeps the program running; the monitor sees it first
process.on('uncaughtExceptionMonitor', (e, origin) => console.log('monitor', e.message, origin));
process.on('uncaughtException', (e, origin) => console.log('caught', e.message, origin));
setImmediate(() => {
  Promise.reject(new Error('second'));
  setTimeout(() => console.log('still running'), 5);
});
throw new Error('first');
