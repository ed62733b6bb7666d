// expect: blocked
// proof: pair
// A package in node_modules beside the program: the next program's require finds it. Looks
// for what the plant, just before it on this slot, has left.
'use strict';
const { createRequire } = require('module');
try {
	createRequire(process.cwd() + '/x.js')('kq7');
	console.log('ESCAPED: a module of the run before was loaded');
} catch (e) {
	console.log('held:', e.code);
}
