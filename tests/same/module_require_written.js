// JSON, a module and a package that the program wrote can be required; the cache and cycles work
const fs = require('fs'), path = require('path');
fs.writeFileSync('data.json', '{"a": [1, "ü"]}');
fs.writeFileSync('mod.js', 'exports.name = require("path").basename(__filename); exports.parent = module.parent === require.main; exports.n = (global.n = (global.n || 0) + 1);');
fs.mkdirSync('node_modules/pkg/lib', { recursive: true });
fs.writeFileSync('node_modules/pkg/package.json', '{"name": "pkg", "version": "1.2.3", "main": "lib/index.js"}');
fs.writeFileSync('node_modules/pkg/lib/index.js', 'module.exports = () => require("../package.json").version;');
fs.writeFileSync('a.js', 'exports.early = 1; exports.b = require("./b"); exports.late = 2;');
fs.writeFileSync('b.js', 'exports.seen = Object.keys(require("./a"));');
fs.writeFileSync('bad.json', '{"a": ');
fs.writeFileSync('throws.js', '\nthrow new Error("from a module");');
console.log(require(path.resolve('data.json')), require(path.resolve('mod')), require(path.resolve('mod.js')).n, require(path.resolve('a')).b.seen);
const req = require('module').createRequire(path.join(process.cwd(), 'x.js'));
console.log(req('pkg')(), path.relative('.', req.resolve('pkg')), req('./data.json').a.length);
delete require.cache[require.resolve(path.resolve('mod.js'))];
console.log(require(path.resolve('mod.js')).n);
try { req('./bad.json'); } catch (e) { console.log(e.name, e.message.includes('bad.json')); }
try { req('./throws.js'); } catch (e) { console.log(e.message, e.stack.includes('throws.js:2:7')); }
