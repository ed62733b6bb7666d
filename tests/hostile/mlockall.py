# expect: refused=mlockall
# proof: stdout
# Pin all our memory, now and later: nothing left to swap or reclaim. Reaching the
# kernel is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 151, "aarch64": 230}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 3)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: mlockall: " + why)
print("ESCAPED: mlockall reached the kernel:", got, why)
