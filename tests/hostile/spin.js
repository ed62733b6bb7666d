// expect: error=timeout
// proof: stdout
// A loop that never returns to the event loop.
'use strict';
const began = Date.now();
while (Date.now() - began < 7000)
	;
console.log('ESCAPED: older than the limit');
