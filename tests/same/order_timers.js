// timers fire in the order of their delays; intervals, clearing, refresh and promises
const out = [];
setTimeout(() => out.push('c'), 60);
setTimeout(() => out.push('a'), 1);
setTimeout((x, y) => out.push(x + y), 30, 'b', '!');
const gone = setTimeout(() => out.push('never'), 5);
clearTimeout(gone);
let n = 0;
const iv = setInterval(() => { if (++n === 3) clearInterval(iv); }, 5);
const { setTimeout: sleep, setImmediate: soon, setInterval: every } = require('timers/promises');
(async () => {
  console.log(await sleep(10, 'slept'), await soon('soon'));
  let k = 0;
  for await (const v of every(2, 'v')) if (++k === 3) break;
  const ac = new AbortController();
  setTimeout(() => ac.abort(), 5);
  await sleep(10000, null, { signal: ac.signal }).catch((e) => console.log(e.name, e.code));
  await sleep(80);
  console.log(out.join(' '), n, k);
})();
