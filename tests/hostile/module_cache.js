// expect: blocked
// proof: careless
// The bootstrap's own module, and the modules that it has loaded, are in require.cache and
// module.parent.
'use strict';
const mark = /Kq7-[a-z]+-secret/;
const { inspect } = require('util');
const found = [];
for (const [name, m] of Object.entries({ ...require.cache, main: require.main, module, parent: module.parent })) {
	if (m && mark.test(inspect(m, { depth: 6, showHidden: true }) + inspect(m.exports, { depth: 6 })))
		found.push(name);
}
if (mark.test(inspect([process.argv, process.execArgv, process.config])))
	found.push('process');
console.log(found.length ? 'ESCAPED:' : 'held:', found);
process.exitCode = found.length ? 0 : 1;
