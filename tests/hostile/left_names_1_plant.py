# expect: blocked
# proof: pair
# Names of 255 bytes, with newlines, quotes, leading dashes, bytes that are not UTF-8. Leaves it;
# the check follows on the same slot.
import os

for name in (b"n" * 255, b"new\nline", b"-rf", b"--", b"..." , b" ", b"'\"$(id)`id`;", b"\xff\xfe", b"\x01\x1b[2J", b"*", b"~"):
    os.close(os.open(name, os.O_CREAT | os.O_WRONLY, 0o600))
    os.mkdir(b"dir" + name[:252])
print("held: planted")
