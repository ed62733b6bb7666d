# expect: refused=prctl
# proof: stdout
# PR_SET_SECCOMP: a filter by the old door (from a bad address). Reaching the kernel is
# the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 22, 2, 8, 0, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: prctl_seccomp: " + why)
print("ESCAPED: prctl_seccomp reached the kernel:", got, why)
