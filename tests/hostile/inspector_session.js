// expect: blocked
// proof: careless
// An inspector session on ourselves needs no socket: it reads the variables of functions
// above and beside us.
'use strict';
const mark = /Kq7-[a-z]+-secret/;
const inspector = require('inspector');
const s = new inspector.Session();
s.connect();
let found;
const ask = (method, params) => {
	let got;
	s.post(method, params, (e, r) => { got = r; });
	return got || {};
};
s.on('Debugger.paused', ({ params }) => {
	for (const frame of params.callFrames) {
		for (const scope of frame.scopeChain.filter((x) => x.type !== 'global')) {
			const { result = [] } = ask('Runtime.getProperties', { objectId: scope.object.objectId });
			for (const p of result) {
				const inner = p.value?.objectId ? ask('Runtime.getProperties', { objectId: p.value.objectId }).result : [];
				for (const q of [p, ...(inner || [])])
					found ||= mark.exec(String(q.value?.value))?.[0];
			}
		}
	}
});
ask('Debugger.enable');
debugger;
console.log(found ? `ESCAPED: a frame above us holds ${found}` : 'held: nothing above us');
process.exit(found ? 0 : 1);
