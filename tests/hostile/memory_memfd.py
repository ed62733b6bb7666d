# expect: blocked
# proof: stdout
# Memory that is a file: no limit on memory or on the scratch directory counts a memfd.
import os

try:
    fds = [os.memfd_create(str(n)) for n in range(20)]
    for fd in fds:
        for _ in range(8):
            os.write(fd, b"x" * (4 << 20))
except OSError as e:
    raise SystemExit(f"held: {e}")
print("ESCAPED: holding", sum(os.fstat(fd).st_size for fd in fds) >> 20, "MiB")
