// module, exports, require, __filename and __dirname look as in a program started by node
const path = require('path');
console.log(typeof module, typeof exports, typeof require, typeof __filename, typeof __dirname);
console.log(module.exports === exports, this === module.exports, require.main === module, module.id, module.loaded, module.children.length, module.parent);
console.log(path.basename(__filename), path.dirname(__filename) === __dirname, module.filename === __filename, process.mainModule === module, require.resolve.name);
console.log(Object.keys(require.cache).map((f) => path.basename(f)), Array.isArray(module.paths), module.constructor.name, arguments.length);
console.log([...'exports require module __filename __dirname'.split(' ')].map((n, i) => arguments[i] === eval(n)));
