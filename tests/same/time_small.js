// clocks: uptime, performance.now and processor time begin with the program, and go on
const { performance } = require('perf_hooks');
console.log(process.uptime() < 3, performance.now() < 3000, Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 1000);
const cpu = process.cpuUsage();
console.log(cpu.user + cpu.system < 3e6, performance.getEntries().length, Object.keys(performance.nodeTiming).sort().join(' '));
console.log(performance.nodeTiming.nodeStart < 3000, performance.nodeTiming.loopExit, performance.nodeTiming.duration < 3000);
const t = process.hrtime.bigint(), n = performance.now(), u = process.uptime();
setTimeout(() => {
  console.log(process.hrtime.bigint() - t > 15000000n, performance.now() - n > 15, process.uptime() - u > 0.015, performance.eventLoopUtilization().utilization <= 1);
}, 20);
