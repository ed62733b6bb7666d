# expect: blocked
# proof: stdout
# Deleted files that are still open: no walk over the directory finds them.
import os
import time

fds = []
try:
    for n in range(5):
        fds.append(os.open("part", os.O_RDWR | os.O_CREAT, 0o600))
        os.unlink("part")
        for _ in range(32):
            os.write(fds[-1], b"x" * (1 << 20))
except OSError as e:
    print("held:", e)
time.sleep(1)
total = sum(os.fstat(fd).st_blocks * 512 for fd in fds)
if total > 128 << 20:
    print("ESCAPED: holding", total >> 20, "MiB in deleted files")
