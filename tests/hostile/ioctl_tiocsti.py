# expect: refused=ioctl
# proof: stdout
# Type into a terminal that we were started from (ENOTTY where there is none: the call was
# still made).
import fcntl
import errno

try:
    try:
        fcntl.ioctl(0, 0x5412, b"x")                # TIOCSTI
    except OSError as e:
        if e.errno in (errno.EPERM, errno.EACCES):
            raise
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "ioctl reached the driver")
