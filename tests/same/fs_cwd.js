// process.cwd, chdir and relative paths; files made here are listed here
const fs = require('fs'), path = require('path');
console.log(path.isAbsolute(process.cwd()), fs.accessSync('.', fs.constants.W_OK), path.resolve('x') === path.join(process.cwd(), 'x'));
fs.mkdirSync('sub');
process.chdir('sub');
fs.writeFileSync('here', '');
console.log(path.basename(process.cwd()), fs.readdirSync('.'), fs.existsSync('../sub/here'));
try { process.chdir('none'); } catch (e) { console.log(e.code); }
