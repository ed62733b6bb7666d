// signals that nobody handles end the program; SIGUSR2 too
console.log('before');
process.kill(process.pid, 'SIGUSR2');
setTimeout(() => console.log('never'), 5000);
