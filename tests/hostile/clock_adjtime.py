# expect: refused=clock_adjtime
# proof: stdout
# Skew the clock (from a bad address). Reaching the kernel is the escape, whatever it
# answers.
import ctypes
import errno
import os

NR = {"x86_64": 305, "aarch64": 266}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 0, 8)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: clock_adjtime: " + why)
print("ESCAPED: clock_adjtime reached the kernel:", got, why)
