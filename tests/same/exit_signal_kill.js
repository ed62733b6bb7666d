// SIGKILL of oneself: what was written is kept
console.log('before');
process.kill(process.pid, 'SIGKILL');
setTimeout(() => console.log('not reached'), 5000);
