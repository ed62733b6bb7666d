// performance marks, measures, observers, histograms
const { performance, PerformanceObserver, monitorEventLoopDelay, createHistogram } = require('perf_hooks');
new PerformanceObserver((list, me) => { console.log(list.getEntries().map((e) => [e.name, e.entryType, e.duration >= 0].join())); me.disconnect(); }).observe({ entryTypes: ['mark', 'measure'] });
performance.mark('a'); performance.mark('b'); performance.measure('a to b', 'a', 'b');
const h = monitorEventLoopDelay({ resolution: 5 });
h.enable();
setTimeout(() => { h.disable(); console.log(h.min <= h.max, h.exceeds); const g = createHistogram(); g.record(5); console.log(g.min, g.max, g.percentile(50)); console.log(performance.getEntriesByType('mark').length); }, 30);
