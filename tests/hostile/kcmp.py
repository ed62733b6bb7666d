# expect: refused=kcmp
# proof: stdout
# Compare our memory with our parent's (KCMP_VM): leaks kernel pointer order. Reaching
# the kernel is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 312, "aarch64": 272}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, os.getpid(), os.getppid() or 1, 1, 0, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: kcmp: " + why)
print("ESCAPED: kcmp reached the kernel:", got, why)
