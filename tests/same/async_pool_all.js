// the thread pool: more work than threads, of all kinds; all of it ends
const c = require('crypto'), z = require('zlib'), fs = require('fs'), { promisify } = require('util');
(async () => {
  const work = [];
  for (let i = 0; i < 12; i++) {
    work.push(promisify(c.pbkdf2)('p' + i, 's', 2000, 8, 'sha256').then((b) => b.toString('hex')));
    work.push(promisify(z.gzip)('x'.repeat(1000 * (i + 1))).then((b) => z.gunzipSync(b).length));
    work.push(fs.promises.writeFile('f' + i, String(i)).then(() => fs.promises.readFile('f' + i, 'utf8')));
  }
  work.push(promisify(c.scrypt)('p', 's', 16).then((b) => b.toString('hex')), promisify(c.randomBytes)(8).then((b) => b.length));
  work.push(promisify(c.generateKeyPair)('ec', { namedCurve: 'P-256' }).then((k) => k.publicKey.asymmetricKeyType));
  work.push(c.webcrypto.subtle.digest('SHA-256', Buffer.from('x')).then((b) => Buffer.from(b).toString('hex')));
  console.log((await Promise.all(work)).join(' '));
})();
