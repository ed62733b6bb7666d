// webcrypto: digest, AES-GCM, HMAC, ECDSA and key derivation
const { subtle } = globalThis.crypto ?? require('crypto').webcrypto;
const hex = (b) => Buffer.from(b).toString('hex');
(async () => {
  console.log(hex(await subtle.digest('SHA-256', Buffer.from('data'))));
  const k = await subtle.importKey('raw', Buffer.alloc(16, 7), 'AES-GCM', true, ['encrypt', 'decrypt']);
  const e = await subtle.encrypt({ name: 'AES-GCM', iv: Buffer.alloc(12) }, k, Buffer.from('secret'));
  console.log(hex(e), Buffer.from(await subtle.decrypt({ name: 'AES-GCM', iv: Buffer.alloc(12) }, k, e)).toString());
  const p = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const s = await subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, p.privateKey, Buffer.from('m'));
  console.log(s.byteLength, await subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, p.publicKey, s, Buffer.from('m')));
  const h = await subtle.importKey('raw', Buffer.from('pw'), 'PBKDF2', false, ['deriveBits']);
  console.log(hex(await subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: Buffer.from('s'), iterations: 100 }, h, 128)));
  await subtle.decrypt({ name: 'AES-GCM', iv: Buffer.alloc(12) }, k, Buffer.alloc(20)).catch((e) => console.log(e.name));
})();
