// crypto: hashes, hmac, pbkdf2, scrypt and hkdf, synchronous and by callback
const c = require('crypto');
for (const h of ['md5', 'sha1', 'sha256', 'sha512', 'sha3-256', 'blake2b512']) console.log(h, c.createHash(h).update('da').update('ta').digest('hex').slice(0, 40));
console.log(c.createHmac('sha256', 'key').update('msg').digest('base64'), c.timingSafeEqual(Buffer.from('a'), Buffer.from('a')));
console.log(c.pbkdf2Sync('pw', 'salt', 1000, 16, 'sha512').toString('hex'), c.scryptSync('pw', 'salt', 16, { N: 256 }).toString('hex'), Buffer.from(c.hkdfSync('sha256', 'k', 's', 'i', 8)).toString('hex'));
c.pbkdf2('pw', 'salt', 1000, 16, 'sha256', (e, k) => {
  console.log(e, k.toString('hex'));
  c.scrypt('pw', 'salt', 16, { N: 256 }, (e, k) => console.log(e, k.toString('hex')));
});
try { c.createHash('nope'); } catch (e) { console.log(e.code, e.message); }
