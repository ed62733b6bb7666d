# expect: refused=prctl
# proof: stdout
# PR_SET_PTRACER_ANY: invite any process to trace us (EINVAL where there is no Yama).
# Reaching the kernel is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 0x59616d61, -1, 0, 0, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: prctl_ptracer: " + why)
print("ESCAPED: prctl_ptracer reached the kernel:", got, why)
