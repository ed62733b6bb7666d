# hashlib, hmac, binascii, zlib checksums, base64 and scrypt
import base64, binascii, hashlib, hmac, zlib
for n in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b"): print(n, hashlib.new(n, b"data").hexdigest()[:40])
print(hashlib.shake_128(b"x").hexdigest(8), hashlib.blake2s(b"x", digest_size=8, key=b"k").hexdigest())
print(hmac.new(b"key", b"msg", "sha256").hexdigest(), hmac.compare_digest(b"a", b"b"))
print(hashlib.pbkdf2_hmac("sha256", b"pw", b"salt", 1000).hex()[:32], hashlib.scrypt(b"pw", salt=b"s", n=256, r=8, p=1, dklen=16).hex())
print(zlib.crc32(b"hello"), zlib.adler32(b"hello"), binascii.hexlify(b"\0\xff"), base64.b85encode(b"bytes"), base64.urlsafe_b64encode(b"\xfb\xff"), base64.b32decode("MFRGG==="))
print(sorted(hashlib.algorithms_guaranteed)[:4], hashlib.sha256(b"x" * 5000000).hexdigest()[:16])
try:
    base64.b64decode("abc")
except binascii.Error as e:
    print(e)
