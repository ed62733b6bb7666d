// setUncaughtExceptionCaptureCallback takes the place of the event
process.setUncaughtExceptionCaptureCallback((e) => { console.log('captured', e.message); });
process.on('uncaughtException', () => console.log('never'));
setImmediate(() => { console.log(process.hasUncaughtExceptionCaptureCallback()); process.setUncaughtExceptionCaptureCallback(null); throw new Error('not captured'); });
throw new Error('mine');
