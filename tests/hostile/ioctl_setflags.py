# expect: refused=ioctl
# proof: stdout
# An immutable or append-only file: even its owner cannot delete it.
import fcntl
import errno
import os
import struct

try:
    fd = os.open("stays", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.ioctl(fd, 0x40086602, struct.pack("l", 0x20))     # FS_IOC_SETFLAGS, append only
    except OSError as e:
        if e.errno in (errno.EPERM, errno.EACCES):
            raise
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "ioctl reached the file system")
