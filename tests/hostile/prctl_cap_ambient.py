# expect: refused=prctl
# proof: stdout
# PR_CAP_AMBIENT: what a template may hold must be out of reach for the program.
# Reaching the kernel is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 47, 4, 0, 0, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: prctl_cap_ambient: " + why)
print("ESCAPED: prctl_cap_ambient reached the kernel:", got, why)
