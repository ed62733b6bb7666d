# expect: refused=fcntl
# proof: stdout
# Leave a mark on a file that every run can read: the write life hint belongs to the inode, and a kernel
# before 6.8 lets a reader set it.
import fcntl
import os
import struct
import sys

try:
    fd = os.open(os.__file__, os.O_RDONLY)
    fcntl.fcntl(fd, 1036, struct.pack("Q", 3))              # F_SET_RW_HINT, RWH_WRITE_LIFE_MEDIUM
    got = struct.unpack("Q", fcntl.fcntl(fd, 1035, bytes(8)))[0]
    assert got == 3, got
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "a mark on", os.path.basename(sys.modules["os"].__file__))
