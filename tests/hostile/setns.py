# expect: refused=setns
# proof: stdout
# Enter somebody else's namespace (a bad descriptor: the call itself must be refused).
# Reaching the kernel is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 308, "aarch64": 268}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, -1, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: setns: " + why)
print("ESCAPED: setns reached the kernel:", got, why)
