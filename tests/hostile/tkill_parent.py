# expect: blocked
# proof: stdout
# The call that tgkill replaced (SIGCONT). Reaching the kernel is the escape, whatever
# it answers.
import ctypes
import errno
import os

NR = {"x86_64": 200, "aarch64": 130}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, os.getppid() or 1, 18)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: tkill_parent: " + why)
print("ESCAPED: tkill_parent reached the kernel:", got, why)
