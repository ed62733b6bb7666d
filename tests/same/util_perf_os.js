// perf_hooks, os and path answer with values of the right kind
const { performance, PerformanceObserver, createHistogram } = require('perf_hooks'), os = require('os'), path = require('path');
const t = performance.now();
new PerformanceObserver((l, o) => { console.log(l.getEntries().map((e) => [e.name, e.entryType, e.duration >= 0])); o.disconnect(); }).observe({ entryTypes: ['measure'] });
performance.mark('a'); performance.mark('b');
console.log(performance.measure('m', 'a', 'b').name, performance.now() >= t, performance.timeOrigin > 1e12, typeof performance.eventLoopUtilization().utilization, createHistogram().count);
console.log(os.EOL === '\n', os.platform(), os.type(), os.endianness(), typeof os.release(), os.hostname().length > 0, os.totalmem() > 1e6, os.freemem() > 0, os.loadavg().length, os.uptime() > 0, Array.isArray(os.cpus()), (os.availableParallelism?.() ?? 1) > 0, os.constants.signals.SIGTERM, os.devNull);
console.log(path.join('/a', '../b', './c'), path.resolve('/x', 'y'), path.relative('/a/b', '/a/c/d'), path.parse('/d/f.tar.gz'), path.format({ dir: '/q', base: 'r' }), path.normalize('a//b/../c/'), path.extname('.rc'), path.win32.basename('C:\\x\\y'), path.isAbsolute('x'));
