// import() of modules from data: URLs and files: exports, meta, default, live bindings, once
const fs = require('fs');
fs.writeFileSync('m.mjs', 'export let n = 0; export const inc = () => { n++; }; export default import.meta.url.split("/").pop(); console.log("m runs", typeof require, this);');
(async () => {
  const m = await import('./m.mjs'), again = await import('./m.mjs');
  m.inc();
  console.log(m.default, m.n, m === again, Object.keys(m), m[Symbol.toStringTag]);
  const { default: d, cwd } = await import('process');
  console.log(d === process, cwd === process.cwd, (await import('node:fs')).default === fs);
  console.log((await import('data:text/javascript,export default await Promise.resolve(42)')).default);
})();
