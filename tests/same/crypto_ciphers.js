// ciphers, key pairs, signatures and Diffie-Hellman
const c = require('crypto');
const key = Buffer.alloc(32, 1), iv = Buffer.alloc(16, 2);
const e = c.createCipheriv('aes-256-cbc', key, iv);
const enc = e.update('größe', 'utf8', 'hex') + e.final('hex');
const d = c.createDecipheriv('aes-256-cbc', key, iv);
console.log(enc, d.update(enc, 'hex', 'utf8') + d.final('utf8'));
const g = c.createCipheriv('aes-256-gcm', key, iv.subarray(0, 12));
g.update('x'); g.final();
console.log(g.getAuthTag().toString('hex'));
const bad = c.createDecipheriv('aes-256-cbc', key, iv);
try { bad.update('00'.repeat(16), 'hex'); bad.final(); } catch (e) { console.log(e.code); }
const { publicKey, privateKey } = c.generateKeyPairSync('ed25519');
const sig = c.sign(null, Buffer.from('m'), privateKey);
console.log(sig.length, c.verify(null, Buffer.from('m'), publicKey, sig), c.verify(null, Buffer.from('n'), publicKey, sig), publicKey.export({ type: 'spki', format: 'pem' }).split('\n')[0]);
const a = c.createECDH('prime256v1'), b = c.createECDH('prime256v1');
a.generateKeys(); b.generateKeys();
console.log(a.computeSecret(b.getPublicKey()).equals(b.computeSecret(a.getPublicKey())));
c.generateKeyPair('ec', { namedCurve: 'P-256' }, (e, pub, priv) => console.log(e, pub.asymmetricKeyType, priv.type));
