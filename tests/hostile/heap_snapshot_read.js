// expect: blocked
// proof: careless
// A snapshot of our own heap holds every string in it: the bootstrap's too.
'use strict';
const mark = /Kq7-[a-z]+-secret/;
const stream = require('v8').getHeapSnapshot();
const found = new Set();
let rest = '';
stream.on('data', (d) => {
	const text = rest + d;
	const hit = text.match(mark);
	if (hit)
		found.add(hit[0]);
	rest = text.slice(-100);
});
stream.on('end', () => {
	console.log(found.size ? 'ESCAPED: the heap holds' : 'held: nothing', [...found]);
	process.exit(found.size ? 0 : 1);
});
