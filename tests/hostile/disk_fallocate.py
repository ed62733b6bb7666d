# expect: blocked
# proof: stdout
# Blocks without writes: fallocate beyond the file's end keeps its size small (FALLOC_FL_KEEP_SIZE).
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
fd = os.open("blocks", os.O_RDWR | os.O_CREAT, 0o600)
if libc.fallocate(fd, 1, ctypes.c_long(0), ctypes.c_long(200 << 20)) == -1:
    raise SystemExit(f"held: {os.strerror(ctypes.get_errno())}")
blocks = os.fstat(fd).st_blocks * 512
if blocks <= 128 << 20:
    raise SystemExit(f"held: {blocks} bytes")
print("ESCAPED: holding", blocks >> 20, "MiB of disk")
