# expect: refused=ioctl
# proof: stdout
# Find the seccomp listener among our descriptors: who holds it lets its own calls through.
import errno
import fcntl
import os

try:
    for fd in range(3, 4096):
        try:
            fcntl.ioctl(fd, 0x40082102, b"\0" * 8)   # SECCOMP_IOCTL_NOTIF_ID_VALID
        except OSError as e:
            if e.errno == errno.ENOENT:
                break                               # it is a listener: it looked for that notification
            if e.errno in (errno.EPERM, errno.EACCES):
                raise
    else:
        raise LookupError("no listener here")
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "descriptor", fd, "is a listener")
