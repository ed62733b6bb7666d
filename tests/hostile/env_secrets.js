// expect: blocked
// proof: stdout
// The server's key in our environment, or in the diagnostic report's copy of it.
'use strict';
try {
	const report = process.report.getReport();
	const all = { ...report.environmentVariables, ...process.env };
	const found = Object.entries(all).filter(([k, v]) => k === 'API_KEY' || String(v).startsWith('Kq7-'));
	if (!found.length)
		throw new Error('nothing but ' + Object.keys(all).join(' '));
	console.log('ESCAPED:', 'the environment held', found);
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
