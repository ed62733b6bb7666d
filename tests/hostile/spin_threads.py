# expect: error=timeout|"CPU time limit exceeded"
# proof: stdout
# The same on every processor, out of the interpreter's lock.
import hashlib
import threading
import time

began = time.monotonic()


def burn():
    while time.monotonic() - began < 12:
        hashlib.pbkdf2_hmac("sha256", b"a", b"b", 50_000)


threads = [threading.Thread(target=burn) for _ in range(16)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print("ESCAPED: older than the limit")
