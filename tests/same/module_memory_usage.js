// process.memoryUsage answers with numbers (it reads /proc)
const m = process.memoryUsage();
console.log(Object.keys(m).sort(), m.rss > 1e6, m.heapUsed > 1e5, process.memoryUsage.rss() > 1e6);
console.log(require('v8').getHeapStatistics().heap_size_limit > 1e8);
