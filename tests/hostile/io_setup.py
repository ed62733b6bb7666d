# expect: refused=io_setup
# proof: stdout
# The older asynchronous I/O. Reaching the kernel is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 206, "aarch64": 0}[os.uname().machine]
ring = ctypes.create_string_buffer(8)
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 1, ctypes.addressof(ring))))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: io_setup: " + why)
print("ESCAPED: io_setup reached the kernel:", got, why)
