// expect: blocked
// proof: stdout
// More than 64 threads: a worker each.
'use strict';
const { Worker } = require('worker_threads');
let online = 0, made = 0;
const end = (why) => {
	const won = online > 64;
	console.log(won ? 'ESCAPED:' : 'held:', online, 'workers', why || '');
	process.exit(won ? 0 : 1);
};
const more = () => {
	try {
		const w = new Worker('setInterval(() => {}, 1000)', { eval: true });
		w.on('online', () => ++online > 64 ? end() : more());
		w.on('error', (e) => end(e.message));
		made++;
	} catch (e) {
		end(e.message);
	}
};
for (let n = 0; n < 8; n++)
	more();
