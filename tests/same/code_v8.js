// v8 and vm: statistics have their names, flags can be set, contexts are apart, code can be cached
const v8 = require('v8'), vm = require('vm');
console.log(Object.keys(v8.getHeapStatistics()).join(' '), v8.getHeapSpaceStatistics().map((s) => s.space_name).sort().join(' '));
const s = v8.getHeapStatistics();
console.log(s.number_of_native_contexts, s.number_of_detached_contexts, s.does_zap_garbage, s.used_heap_size < 64e6, s.heap_size_limit > 1e8);
v8.setFlagsFromString('--expose-gc');
console.log(typeof vm.runInNewContext('gc'), vm.runInNewContext('this.constructor.name + typeof process'), vm.runInThisContext('typeof require'));
const script = new vm.Script('40 + 2'), data = script.createCachedData();
console.log(new vm.Script('40 + 2', { cachedData: data }).cachedDataRejected, script.runInThisContext());
try { vm.runInNewContext('for (;;);', {}, { timeout: 20 }); } catch (e) { console.log(e.code); }
