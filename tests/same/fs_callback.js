// the callback file calls, run by the thread pool: one after the other, then twenty at once
const fs = require('fs');
const show = (name, next) => (e, v) => { console.log(name, e ? e.code : e, typeof v === 'object' && !Array.isArray(v) ? typeof v : v); next(); };
const steps = [
  (cb) => fs.mkdir('d', cb),
  (cb) => fs.writeFile('d/f', 'text', cb),
  (cb) => fs.appendFile('d/f', '+', cb),
  (cb) => fs.readFile('d/f', 'utf8', cb),
  (cb) => fs.stat('d/f', (e, s) => cb(e, s.size)),
  (cb) => fs.rename('d/f', 'd/g', cb),
  (cb) => fs.readdir('d', cb),
  (cb) => fs.access('none', cb),
  (cb) => fs.open('none', 'r', cb),
  (cb) => fs.realpath('d/g', (e, p) => cb(e, p.endsWith('/d/g'))),
  (cb) => fs.rm('d', { recursive: true }, cb),
];
const run = (i) => (i < steps.length ? steps[i](show('step ' + i, () => run(i + 1))) : many());
function many() {
  let left = 20;
  for (let i = 0; i < 20; i++) fs.writeFile('n' + i, 'x'.repeat(i), () => { if (--left === 0) fs.readdir('.', (e, l) => console.log(l.filter((f) => /^n\d/.test(f)).length)); });
}
run(0);
