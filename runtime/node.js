// What `node -e` is given: read the program from descriptor 3 and run it as
// `node code.js` would. Descriptor 3 holds the length of the preload in digits,
// a newline, the preload, the code; see jail.c.
//
// The code becomes code.js in the scratch directory, which no other run can
// enter: __filename, workers and import() of it then work as with a bare
// interpreter. Node's own entry point loads it, called by the event loop, so
// that no frame of ours is below the program.
{
	const fs = require('fs'), Module = require('module');
	const input = fs.readFileSync(3), at = input.indexOf(10), size = Number(input.toString('latin1', 0, at));
	const preload = input.subarray(at + 1, at + 1 + size), code = input.subarray(at + 1 + size);
	const file = process.cwd() + '/code.js';

	fs.closeSync(3);
	fs.writeFileSync(file, size === 0 ? code : Buffer.concat([preload, Buffer.from('\n'), code]), { mode: 0o600 });

	// `-e` makes the built-in modules and a module's variables global, some of them again
	// when this script has ended; a program in a file does not see them.
	const clean = () => {
		const keep = ['console', 'crypto', 'performance', 'process'];
		const names = Module.builtinModules.filter((name) => !keep.includes(name));
		for (const name of [...names, 'require', 'module', 'exports', '__filename', '__dirname'])
			delete globalThis[name];
		const webcrypto = globalThis.crypto && globalThis.crypto.webcrypto;
		if (webcrypto === undefined)
			return;
		delete globalThis.crypto;
		if (Number(process.versions.node.split('.')[0]) >= 19)
			Object.defineProperty(globalThis, 'crypto',
			    { __proto__: null, configurable: true, enumerable: true, get: () => webcrypto, set: undefined });
	};
	delete process._eval;
	process.execArgv.length = 0;
	process.argv[1] = file;
	setImmediate(clean);
	setImmediate(Module.runMain, file);
}
