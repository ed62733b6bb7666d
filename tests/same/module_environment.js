// process.env can be read, written, listed and deleted; HOME and TMPDIR are the working directory
const os = require('os'), fs = require('fs');
process.env.MINE = 5;
console.log(process.env.MINE === '5', 'MINE' in process.env, delete process.env.MINE, process.env.MINE, process.env.toString === Object.prototype.toString);
const same = (a, b) => fs.realpathSync(a) === fs.realpathSync(b);
console.log(same(os.homedir(), process.cwd()), same(os.tmpdir(), process.cwd()), same(process.env.HOME, '.'));
console.log(Object.keys(process.env).filter((k) => /KEY|SANDBOX|PRELOAD|NODE_/.test(k)));
