# expect: blocked
# proof: stdout
# Learn an address inside another process. Reaching the kernel is the escape, whatever
# it answers.
import ctypes
import errno
import os

NR = {"x86_64": 274, "aarch64": 100}[os.uname().machine]
out = (ctypes.c_long * 2)()
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, os.getppid() or 1, ctypes.addressof(out), ctypes.addressof(out) + 8)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: get_robust_list: " + why)
print("ESCAPED: get_robust_list reached the kernel:", got, why)
