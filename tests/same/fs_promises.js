// fs.promises: files, handles, directories, many at once
const fs = require('fs/promises'), path = require('path');
(async () => {
  await fs.mkdir('d/e', { recursive: true });
  await fs.writeFile('d/f', 'one\ntwo\nthree');
  console.log(await fs.readFile('d/f', 'utf8'), (await fs.stat('d/f')).size, await fs.readdir('d'));
  const h = await fs.open('d/f', 'r+');
  console.log((await h.read(Buffer.alloc(3), 0, 3, 4)).buffer.toString(), (await h.write('ONE', 0)).bytesWritten, (await h.stat()).isFile());
  await h.close();
  for await (const line of (await fs.open('d/f')).readLines()) console.log('line', line);
  await fs.copyFile('d/f', 'd/g');
  await fs.rename('d/g', 'd/h');
  await fs.symlink('h', 'd/s');
  await fs.chmod('d/h', 0o600);
  await fs.truncate('d/h', 4);
  console.log(await fs.readlink('d/s'), (await fs.lstat('d/s')).isSymbolicLink(), String(await fs.readFile('d/s')));
  const names = [];
  for await (const e of await fs.opendir('d')) names.push(e.name);
  console.log(names.sort(), path.basename(await fs.mkdtemp('t-')).length);
  console.log((await Promise.allSettled([fs.access('d'), fs.access('none'), fs.unlink('d'), fs.rmdir('d')])).map((r) => r.reason?.code ?? r.status).join(' '));
  await Promise.all(Array.from({ length: 30 }, (_, i) => fs.writeFile('d/p' + i, String(i))));
  console.log((await fs.readdir('d')).length);
  await fs.rm('d', { recursive: true });
  await fs.readFile('gone');
})().catch((e) => console.log(e.code, e.message));
