# expect: refused=tgkill
# proof: stdout
# A signal to one thread of the process that started us (SIGCONT). Reaching the kernel
# is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 234, "aarch64": 131}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, os.getppid() or 1, os.getppid() or 1, 18)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: tgkill_parent: " + why)
print("ESCAPED: tgkill_parent reached the kernel:", got, why)
