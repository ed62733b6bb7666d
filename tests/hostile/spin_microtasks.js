// expect: error=timeout
// proof: stdout
// Promises that starve every timer: only the kernel's clock still ticks.
'use strict';
const began = Date.now();
const turn = () => {
	if (Date.now() - began < 7000)
		Promise.resolve().then(turn);
	else
		console.log('ESCAPED: older than the limit');
};
setTimeout(() => process.exit(0), 100);
turn();
