// process.exit(7) is 7, from inside a callback too
setTimeout(() => { console.log('timer'); process.exit(7); }, 5);
setTimeout(() => console.log('not reached'), 10000);
