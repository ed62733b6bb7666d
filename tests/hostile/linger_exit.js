// expect: error=timeout
// proof: stdout
// Live on in the exit handler, after process.exit.
'use strict';
process.on('exit', () => {
	const began = Date.now();
	while (Date.now() - began < 7000)
		;
	console.log('ESCAPED: older than the limit');
});
process.exit(0);
