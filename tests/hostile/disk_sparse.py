# expect: blocked
# proof: stdout
# A sparse file of a terabyte: nothing on disk, until somebody copies it.
import os

fd = os.open("sparse", os.O_RDWR | os.O_CREAT, 0o600)
try:
    os.ftruncate(fd, 1 << 40)
except OSError as e:
    raise SystemExit(f"held: {e}")
print("ESCAPED: a file of", os.fstat(fd).st_size)
