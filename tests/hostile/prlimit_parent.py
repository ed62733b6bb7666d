# expect: refused=prlimit64
# proof: stdout
# Read, and then set, the limits of the process that started us. Reaching the kernel is
# the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 302, "aarch64": 261}[os.uname().machine]
out = (ctypes.c_long * 2)()
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, os.getppid() or 1, 7, 0, ctypes.addressof(out))))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: prlimit_parent: " + why)
print("ESCAPED: prlimit_parent reached the kernel:", got, why)
