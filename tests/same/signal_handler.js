// handlers for SIGTERM and SIGUSR2 are called by process.kill of oneself; once, off and signal 0
process.on('SIGTERM', (name, n) => { console.log(name, n); process.kill(process.pid, 'SIGUSR2'); });
process.once('SIGUSR2', (name) => { console.log(name); clearInterval(t); process.removeAllListeners('SIGTERM'); });
const t = setInterval(() => {}, 1000);
console.log(process.kill(process.pid, 0), process.listenerCount('SIGTERM'));
process.kill(process.pid, 'SIGTERM');
