# expect: refused=pidfd_open,pidfd_getfd
# proof: stdout
# Steal a descriptor out of the process that started us: its pipes, its sockets, its
# listener.
import ctypes
import os

try:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    handle = os.pidfd_open(os.getppid() or 1)
    for n in range(64):
        fd = libc.syscall(*map(ctypes.c_long, (438, handle, n, 0)))
        if fd >= 0:
            break
    else:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "took descriptor", n, "of the parent")
