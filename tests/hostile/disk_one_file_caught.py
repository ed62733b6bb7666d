# expect: blocked
# proof: stdout
# One file of more than 64 MiB, by every call that makes files larger, EFBIG and SIGXFSZ ignored.
import os
import signal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
fd = os.open("large", os.O_RDWR | os.O_CREAT, 0o600)
TOP = 65 << 20
for grow in (lambda: os.ftruncate(fd, TOP), lambda: os.posix_fallocate(fd, 0, TOP), lambda: os.pwrite(fd, b"x", TOP),
             lambda: os.writev(fd, [b"x" * (1 << 20)] * 66), lambda: os.truncate("large", TOP)):
    try:
        grow()
    except OSError as e:
        print("held:", e)
size = os.fstat(fd).st_size
if size > 64 << 20:
    print("ESCAPED: the file has", size)
