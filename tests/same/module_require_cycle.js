// modules that the program writes and requires in a cycle, by name, as JSON, from node_modules; the parent is the program
const fs = require('fs');
fs.writeFileSync('a.js', 'exports.early = 1; exports.b = require("./b"); exports.parent = module.parent === require.main;');
fs.writeFileSync('b.js', 'module.exports = Object.keys(require("./a"));');
fs.writeFileSync('c.json', '{"c": 1}');
fs.mkdirSync('node_modules/pkg/lib', { recursive: true });
fs.writeFileSync('node_modules/pkg/package.json', '{"name": "pkg", "main": "lib/m.js"}');
fs.writeFileSync('node_modules/pkg/lib/m.js', 'module.exports = __filename.split("/").slice(-4).join("/");');
console.log(require('./a'), require('./c'), require('pkg'), module.children.length);
delete require.cache[require.resolve('./b')];
console.log(require('./b'), Object.keys(require.cache).length);
try { require('./none'); } catch (e) { console.log(e.code, e.requireStack.length, e.requireStack[0] === __filename); }
