// system errors carry code, errno, syscall and path
const fs = require('fs');
for (const f of [() => fs.readFileSync('none.txt'), () => fs.mkdirSync('.'), () => fs.readdirSync('none'), () => fs.rmdirSync('none'), () => fs.openSync('', 'r'), () => fs.readFileSync('.')]) {
  try { f(); } catch (e) { console.log(e.code, e.errno, e.syscall, e.path, e.message); }
}
for (const f of [() => fs.readFileSync(), () => Buffer.alloc(-1), () => new URL('x'), () => process.kill('x'), () => setTimeout('x')]) {
  try { f(); } catch (e) { console.log(e.name, e.code); }
}
fs.readFileSync('thrown.txt');
