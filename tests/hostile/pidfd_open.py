# expect: refused=pidfd_open
# proof: stdout
# A handle on the process that started us: the first half of pidfd_getfd. Reaching the
# kernel is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 434, "aarch64": 434}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, os.getppid() or 1, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: pidfd_open: " + why)
print("ESCAPED: pidfd_open reached the kernel:", got, why)
