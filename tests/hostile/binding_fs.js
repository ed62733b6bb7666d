// expect: blocked
// proof: stdout
// The native file calls under fs.
'use strict';
try {
	const { open } = process.binding('fs');
	const name = '/etc/hostile.txt';
	const fd = parseInt(process.versions.node) < 20 ? open(name, 0o101, 0o600, undefined, {}) : open(name, 0o101, 0o600);
	if (!(fd >= 0))
		throw new Error(`no descriptor: ${fd}`);
	console.log('ESCAPED:', 'opened a file in /etc', fd);
} catch (e) {
	console.log('held:', e.code, e.message);
	process.exitCode = 1;
}
