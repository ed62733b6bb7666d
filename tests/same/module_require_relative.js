// require('./x') finds a file the program wrote to its working directory
require('fs').writeFileSync('beside.js', 'module.exports = 42;');
console.log(require('./beside'), require('./beside.js') === require(process.cwd() + '/beside'));
