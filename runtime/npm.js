// What `node -e` is given to install npm packages: run npm in this very process,
// for the jail lets it start no other. Descriptor 3 has the parameters, one
// `key value` per line; see deps.c. The working directory has
//
//   package.json   what to install; if there is a package-lock.json, as it says
//   local/         tarballs that are used before the registry
//   cache/         kept from one install to the next
//   new/           empty; gets node_modules and, last of all, the list of packages
//
// npm calls process.exit when it likes. Only a tree that is complete is a success.
{
const fs = require('fs'), path = require('path');
const given = Object.fromEntries(fs.readFileSync(3, 'utf8').split('\n').map((line) => line.split(/ (.*)/)));
fs.closeSync(3);
const work = process.cwd(), top = path.join(work, 'new'), offline = given.offline === 'yes';
const kinds = ['dependencies', 'peerDependencies', 'optionalDependencies'];
const local = new Map();        // name -> what a registry would say of it
const missing = new Set();      // lines about what is not in it

const say = (text) => fs.writeSync(2, text + '\n');
const parse = (text) => JSON.parse(text.replace(/^\uFEFF/, ''));
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

function read(file) {
	const name = path.relative(work, path.resolve(file));
	let value;
	try {
		value = parse(fs.readFileSync(file, 'utf8'));
	} catch (e) {
		throw `${name}: ${e.message.replace(/\s+/g, ' ')}`;
	}
	if (!isObject(value))
		throw `${name}: not an object`;
	return value;
}

function checkKinds(manifest) {
	for (const kind of kinds.filter((key) => key in manifest)) {
		if (!isObject(manifest[kind]))
			throw `package.json: ${kind} is not an object of strings`;
		for (const [name, spec] of Object.entries(manifest[kind]))
			if (typeof spec !== 'string')
				throw `package.json: ${kind}.${name} is not a string`;
	}
}

// The package.json of a tarball: the first of that name in a top directory.
function manifestOf(file) {
	let data = fs.readFileSync(file);
	if (data[0] === 0x1f)
		data = require('zlib').gunzipSync(data);
	for (let at = 0, size; data[at]; at += 512 + Math.ceil(size / 512) * 512) {
		const field = (from, n) => data.toString('latin1', at + from, at + from + n).replace(/\0[^]*/, '');
		size = parseInt(field(124, 12), 8) || 0;
		if (/^[^/]+\/package\.json$/.test(field(0, 100)) && !field(345, 155) && '0'.includes(field(156, 1)))
			return parse(data.toString('utf8', at + 512, at + 512 + size));
	}
	throw new Error('no package.json in it');
}

function readLocal(semver) {
	for (const entry of fs.existsSync('local') ? fs.readdirSync('local').sort() : []) {
		const file = path.join(work, 'local', entry);
		try {
			const manifest = manifestOf(file), { name, version } = manifest;
			if (typeof name !== 'string' || !semver.valid(version))
				throw new Error('no name or no version in its package.json');
			const known = local.get(name) || { name, versions: {}, 'dist-tags': {} };
			known.versions[version] = { ...manifest, dist: { tarball: 'file:' + file } };
			const sorted = Object.keys(known.versions).sort(semver.rcompare);
			known['dist-tags'].latest = sorted.find((one) => !semver.prerelease(one)) || sorted[0];
			local.set(name, known);
		} catch (e) {
			say(`dependencies/npm/${entry} is not used: ${e.message}`);
		}
	}
}

// A tag (latest) of a local package is any version: npm takes no file for what has a tag.
function untag(manifest, semver) {
	for (const deps of kinds.map((kind) => manifest[kind] || {}))
		for (const name of Object.keys(deps))
			if (local.has(name) && !semver.validRange(deps[name]) && /^[a-z][\w.-]*$/i.test(deps[name]))
				deps[name] = '*';
}

// `packument` and `manifest` are what npm chooses versions by: local ones come first, and offline there are no others.
function patch(registry, root) {
	const { manifest, packument } = registry.prototype;
	const everyone = [['package.json', root]];
	for (const { name, versions } of local.values())
		everyone.push(...Object.keys(versions).map((version) => [`${name}@${version}`, versions[version]]));
	const wanting = (want) => everyone.filter(([, { dependencies, peerDependencies }]) =>
	    Object.entries({ ...peerDependencies, ...dependencies }).some(([name, spec]) =>
		`${name}@${spec || '*'}` === want || spec === 'npm:' + want)).map(([name]) => name);

	registry.prototype.packument = async function () {
		return this.isLocal ? local.get(this.spec.name) : packument.call(this);
	};
	registry.prototype.manifest = async function () {
		this.isLocal = local.has(this.spec.name);
		if (this.isLocal)
			try {
				return await manifest.call(this);
			} catch (e) {
				this.isLocal = false;
			}
		const want = `${this.spec.name}@${this.spec.rawSpec || '*'}`, by = wanting(want);
		const line = `${want} (wanted by ${by.join(', ')}): not in dependencies/npm`;
		if (by.length > 0 && !offline && local.size > 0 && missing.size === 0)
			say('local packages alone do not do: ' + line);
		if (by.length > 0)              // or it is optional
			missing.add(line);
		if (offline)
			throw Object.assign(new Error(line), { code: 'EOFFLINE' });
		return manifest.call(this);
	};
}

// Local tarballs in the place of a lock file's addresses; its checksums stay.
function lockToLocal(lock) {
	if (offline && !isObject(lock.packages))
		throw 'package-lock.json: one of npm 6 or older cannot be installed offline';
	for (const [at, entry] of Object.entries(lock.packages || {})) {
		const name = entry.name || at.replace(/.*node_modules\//, ''), known = local.get(name);
		const needless = ['link', 'dev', 'devOptional', 'optional', 'inBundle'].some((flag) => entry[flag]);
		if (known && known.versions[entry.version])
			entry.resolved = known.versions[entry.version].dist.tarball;
		else if (offline && at && !needless)
			missing.add(`${name}@${entry.version} (wanted by package-lock.json): not in dependencies/npm`);
	}
	if (missing.size > 0)
		throw [...missing].join('\n');
}

function noLinksOut(dir) {
	for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
		const at = path.join(dir, entry.name);
		if (entry.isDirectory())
			noLinksOut(at);
		else if (entry.isSymbolicLink() && !path.resolve(dir, fs.readlinkSync(at)).startsWith(top + path.sep))
			throw `${path.relative(top, at)} is a link that leads out of the packages`;
	}
}

const writeList = (lines) => fs.writeFileSync(path.join(top, 'list'), [...new Set(lines)].sort().join(''));

// npm writes what it has installed to a hidden lock file when all else is done.
function finish({ dependencies, optionalDependencies }) {
	for (const name of ['package.json', 'package-lock.json'])
		fs.rmSync(path.join(top, name), { force: true });
	noLinksOut(top);
	const { packages } = read(path.join(top, 'node_modules/.package-lock.json'));
	for (const name of Object.keys({ ...dependencies }))
		if (!packages['node_modules/' + name] && !{ ...optionalDependencies }[name])
			throw `npm has not installed ${name}`;
	writeList(Object.entries(packages).map(([at, { name, version }]) => {
		read(path.join(top, at, 'package.json'));
		return `${name || at.replace(/.*node_modules\//, '')}==${version}\n`;
	}));
}

// stderr in whole lines, without those that say where in npm, or point to a log file in here.
function quieten() {
	const noise = /^(npm \S+)?\s*$|^npm \S+ +at |complete log of this run|\/_logs\//;
	let rest = '';
	process.stderr.write = (text, ...more) => {
		const lines = (rest + (typeof text === 'string' ? text : Buffer.from(text))).split('\n');
		rest = lines.pop();
		lines.filter((line) => !noise.test(line)).forEach(say);
		more.filter((one) => typeof one === 'function').forEach((done) => process.nextTick(done));
		return true;
	};
}

function main() {
	const root = read('package.json'), locked = fs.existsSync('package-lock.json') && read('package-lock.json');
	checkKinds(root);
	if (kinds.every((kind) => Object.keys({ ...root[kind] }).length === 0)) {
		fs.mkdirSync('new/node_modules');
		return writeList([]);
	}
	const places = ['/usr/local/lib/node_modules/npm', '/usr/lib/node_modules/npm', '/usr/share/nodejs/npm'];
	const base = places.find((dir) => fs.existsSync(dir + '/lib/cli.js'));
	if (!base)
		throw 'no npm in this root filesystem';
	const load = require('module').createRequire(base + '/lib/cli.js'), semver = load('semver');
	const words = ['--cache=' + path.join(work, 'cache'), '--omit=dev', '--no-audit', '--no-fund', '--no-progress',
	    '--no-color', '--no-update-notifier', '--fetch-retry-mintimeout=500', '--fetch-retry-maxtimeout=2000'];
	const noShell = !fs.existsSync('/bin/sh');      // without one npm dies at the first script
	if (given.scripts === 'yes' && noShell)
		say('no /bin/sh in this root filesystem: the packages\' scripts are not run');
	if (given.scripts !== 'yes' || noShell)
		words.push('--ignore-scripts');
	if (offline)
		words.push('--offline');
	if (given.index)
		words.push('--registry=' + given.index);

	readLocal(semver);
	if (locked) {
		lockToLocal(locked);
		fs.writeFileSync('new/package-lock.json', JSON.stringify(locked));
		words.unshift('ci');
	} else {
		delete root.devDependencies;            // npm would look for them before it leaves them out
		untag(root, semver);
		for (const { versions } of local.values())
			Object.values(versions).forEach((one) => untag(one, semver));
		words.unshift('install', '--no-package-lock', '--no-save');
	}
	fs.writeFileSync('new/package.json', JSON.stringify(root));
	const os = require('os');
	if (os.cpus().length === 0)                     // without /proc; npm runs as many scripts at a time
		os.cpus = () => [{ model: '', speed: 0, times: {} }, { model: '', speed: 0, times: {} }];
	load('pacote');                                 // before its part, which needs it
	patch(load('pacote/lib/registry.js'), root);
	process.chdir(top);
	quieten();
	process.on('exit', (status) => {
		try {
			if (status === 0)
				return finish(root);
		} catch (e) {
			say(String(e.stack || e));
		}
		process.exitCode = 1;
		if (offline)
			missing.forEach(say);
	});
	process.argv = [process.execPath, base + '/bin/npm-cli.js', ...words];
	return load('./cli.js')(process);
}

Promise.resolve().then(main).catch((e) => {
	say(String(e && e.stack || e));
	process.exit(1);
});
}
