// expect: error="memory limit exceeded"
// proof: stdout
// Strings and objects in V8's heap, whose own limit is raised first.
'use strict';
require('v8').setFlagsFromString('--max-old-space-size=4096');
const held = [];
for (let n = 0; n < 90; n++)
	held.push(new Array(1 << 20).fill(n + 0.5).map(String));
console.log('ESCAPED: resident', process.resourceUsage().maxRSS >> 10, 'MiB');
process.exitCode = process.resourceUsage().maxRSS > 512 << 10 ? 0 : 1;
