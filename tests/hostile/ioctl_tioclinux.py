# expect: refused=ioctl
# proof: stdout
# Paste into the Linux console.
import fcntl
import errno

try:
    try:
        fcntl.ioctl(0, 0x541C, b"\2")               # TIOCLINUX
    except OSError as e:
        if e.errno in (errno.EPERM, errno.EACCES):
            raise
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "ioctl reached the driver")
