// the main module: id, parent, children, paths, cache, extensions; there is no other
const Module = require('module'), path = require('path');
console.log(require.main === module, module.id, module.parent, module.loaded, module.children, module.constructor === Module, Object.keys(module).sort());
console.log(module.paths.map((p) => path.relative(__dirname, p)).length === __dirname.split('/').filter(Boolean).length + 1, module.path === __dirname, module.paths[0] === path.join(__dirname, 'node_modules'));
console.log(Object.keys(require.cache).length, require.cache[__filename] === module, Object.keys(require.extensions), Object.keys(require).sort(), Module.globalPaths.length);
console.log(require.resolve.paths('x').length === module.paths.length + Module.globalPaths.length, require.resolve.paths('fs'), Object.keys(Module._cache).length, Object.keys(Module._pathCache).length);
console.log(this === exports, arguments.length, typeof arguments.callee, new Error().stack.split('\n').length > 2, require('vm').isContext(globalThis));
process.on('exit', () => console.log(module.loaded));
