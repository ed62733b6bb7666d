// SIGTERM without a handler ends the program by signal
console.log('before');
process.kill(process.pid, 'SIGTERM');
setTimeout(() => console.log('not reached'), 5000);
