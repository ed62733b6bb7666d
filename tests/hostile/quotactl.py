# expect: refused=quotactl
# proof: stdout
# Disk quotas (a command that does not exist). Reaching the kernel is the escape,
# whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 179, "aarch64": 60}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, -1, 0, 0, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: quotactl: " + why)
print("ESCAPED: quotactl reached the kernel:", got, why)
