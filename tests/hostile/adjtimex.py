# expect: refused=adjtimex
# proof: stdout
# Skew the clock (from a bad address). Reaching the kernel is the escape, whatever it
# answers.
import ctypes
import errno
import os

NR = {"x86_64": 159, "aarch64": 171}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 8)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: adjtimex: " + why)
print("ESCAPED: adjtimex reached the kernel:", got, why)
