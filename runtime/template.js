// What a template's `node -e` is given: load what programs often use, then wait
// for orders. A template runs no program: each is run by a copy, made by fork
// in native code (helper_node.c), which calls prepare() before it is given a
// program and Module.runMain, node's own entry point, with it.
{
	const Module = require('module'), v8 = require('v8'), vm = require('vm'), { performance } = require('perf_hooks');
	const addon = { exports: {} };
	process.dlopen(addon, process.env.LD_PRELOAD);
	const native = addon.exports;
	const preload = process.env.SANDBOX_PRELOAD.split(',').filter(Boolean);

	delete process.env.LD_PRELOAD;
	delete process.env.SANDBOX_PRELOAD;
	delete process.env.SANDBOX_HELPER;

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

	const binding = (name) => {
		const quiet = process.noDeprecation;
		process.noDeprecation = true;
		try {
			return process.binding(name);
		} catch {
			return {};
		} finally {
			if (quiet === undefined)
				delete process.noDeprecation;
		}
	};

	// The counter of asynchronous ids: a program sees it begin where it does in a fresh node.
	const ids = (() => {
		const { async_id_fields: fields, constants } = binding('async_wrap');
		const at = constants && constants.kAsyncIdCounter;
		return fields && fields[at] >= 1 ? { fields, at, first: 1 } : undefined;
	})();

	// What is below a program: node's main script, at the place where it calls Module.runMain.
	const main = (() => {
		const name = 'internal/main/run_main_module', call = '.runMain(', source = binding('natives')[name] || '';
		const before = source.slice(0, source.indexOf(call) + 1).split('\n'), body = "'use strict'; return (file) => M.runMain(file);";
		const at = { lineOffset: before.length - 1, columnOffset: before.pop().length - body.indexOf(call) - 1 };
		return vm.compileFunction(body, ['M'], { filename: 'node:' + name, ...at })(Module);
	})();

	// Once through what nearly every program does, so that it is compiled before the
	// first copy: an output stream on a pipe, the console, the loader.
	const { Console } = require('console'), fs = require('fs'), net = require('net'), util = require('util');
	const words = 'async () => { const a = [1, "b", { c: null }]; for (const x of a) JSON.stringify(x); await a; }';
	const rehearse = () => {
		const paths = new Set(Object.keys(Module._pathCache));
		const fds = native.pipe(), input = new net.Socket({ fd: fds[0], readable: true, writable: false });
		const output = new net.Socket({ fd: fds[1], readable: false, writable: true });
		output._type = 'pipe';
		const out = new Console({ stdout: output, colorMode: false });  // else it looks at process.stderr
		out.log('a %s %d %j', 'b', 1, { c: 2 }, [3], new Map([[1, 2]]), new Error('x'));
		out.error(util.inspect(process.versions));
		input.destroy();
		output.destroy();
		new Module('/code.js')._compile('(' + words + ')()', '/code.js');
		try {
			Module._load('/dev/null', undefined, true);
		} catch { }
		delete Module._cache['/dev/null'];
		delete process.mainModule;
		try {
			Module._load('./nothing-of-the-kind');
		} catch { }
		for (const key in Module._pathCache)
			if (!paths.has(key))
				delete Module._pathCache[key];
		setTimeout(() => {}, 1);
		process.nextTick(() => {});
	};

	// In a copy, before its program is known. Returns the program's path.
	const prepare = () => {
		const random = native.random();
		v8.setFlagsFromString('--random-seed=' + random);
		Math.random();  // the seed is taken by the first call; 0 for the isolates that workers make
		v8.setFlagsFromString('--random-seed=0');
		Object.defineProperty(process, 'pid', { value: native.pid() });
		process.chdir('.');     // forgets the cached name of the template's directory
		const cwd = process.cwd(), file = cwd + '/code.js';
		process.env.HOME = cwd;
		process.env.TMPDIR = cwd;
		if (ids !== undefined)
			ids.fields[ids.at] = ids.first;
		Module._initPaths();
		process.argv[1] = file;
		return file;
	};

	for (const name of ['http', 'https', 'crypto', 'zlib', 'worker_threads', 'fs/promises', 'readline', 'util', 'stream'])
		require(name);
	// What a module draws while it is loaded must not begin the sequence that every copy would go on with.
	const mathRandom = Math.random;
	Math.random = () => native.random() / 2 ** 31;
	for (const name of preload)
		try {
			require(name);
		} catch (e) {
			native.failed(name, String(e && e.message));
		}
	Math.random = mathRandom;
	delete process._eval;
	process.execArgv.length = 0;
	setImmediate(() => {
		clean();
		// A socket that is closed compares itself with process.stderr, which must not be made here.
		const stderr = Object.getOwnPropertyDescriptor(process, 'stderr');
		Object.defineProperty(process, 'stderr', { value: null, configurable: true });
		rehearse();
		setTimeout(() => {
			Object.defineProperty(process, 'stderr', stderr);
			// A module loaded ahead may have looked at our stdout: the copy's then is like it.
			for (const { _handle } of process._getActiveHandles())
				if (_handle && (_handle.fd === 1 || _handle.fd === 2))
					native.unblock(_handle.fd);
			let holder = performance;
			while (!Object.hasOwn(holder, 'timeOrigin'))
				holder = Object.getPrototypeOf(holder);
			const origin = Object.getOwnPropertyDescriptor(holder, 'timeOrigin'), epoch = performance.timeOrigin;
			Object.defineProperty(holder, 'timeOrigin', origin);    // the getter may have put a value in its place
			native.serve(prepare, main, () => vm.runInNewContext('Math.random()'), performance.now, epoch);
		}, 20);
	});
}
