# expect: refused=prctl
# proof: stdout
# PR_SET_PDEATHSIG 0: outlive the server. Reaching the kernel is the escape, whatever it
# answers.
import ctypes
import errno
import os

NR = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 1, 0, 0, 0, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: prctl_pdeathsig: " + why)
print("ESCAPED: prctl_pdeathsig reached the kernel:", got, why)
