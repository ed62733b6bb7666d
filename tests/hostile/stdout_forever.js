// expect: error="output limit exceeded"
// proof: stderr
// console.log without a pause: what the pipe does not take, the runtime keeps.
'use strict';
const line = 'x'.repeat(1 << 20);
let n = 0;
const more = () => {
	process.stdout.write(line, () => {
		if (++n < 24)
			more();
		else
			console.error('ESCAPED: 24 MiB went out');
	});
};
more();
