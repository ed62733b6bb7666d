// import() of builtins, of written ES modules and CommonJS, of data: and of nothing
const fs = require('fs'), path = require('path'), { pathToFileURL } = require('url');
fs.writeFileSync('m.mjs', 'import { sep } from "node:path"; export default 1; export const x = 2; export { sep }; export const top = await Promise.resolve("tla"); export const dir = typeof import.meta.url;');
fs.writeFileSync('c.cjs', 'exports.named = 5;');
fs.writeFileSync('syntax.mjs', 'export const = 1;');
(async () => {
  const os = await import('node:os');
  console.log(typeof os.default.cpus, os.EOL === '\n', os[Symbol.toStringTag]);
  const m = await import(pathToFileURL('m.mjs'));
  console.log(m, Object.keys(m));
  const c = await import(path.resolve('c.cjs'));
  console.log(c.default, c.named, (await import('data:text/javascript,export default "data"')).default);
  for (const bad of ['not-installed-either', pathToFileURL('none.mjs').href, pathToFileURL('syntax.mjs').href, 'http://x.test/y.js']) {
    try { await import(bad); } catch (e) { console.log(e.name, e.code); }
  }
})();
