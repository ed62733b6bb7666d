// expect: refused=kill
// proof: stdout
// A hundred thousand refused calls: it must end in time, be named, and not cost the server.
'use strict';
let got = 0;
for (let n = 0; n < 100000; n++) {
	try {
		process.kill(1, 0);
		got++;
	} catch (e) {
		if (e.code === 'ESRCH')
			got++;
	}
}
console.log(got ? `ESCAPED: ${got} calls got through` : 'held: none');
process.exitCode = got ? 0 : 1;
