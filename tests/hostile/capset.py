# expect: refused=capset
# proof: stdout
# Take capabilities (from a bad address: reaching the check is enough). Reaching the
# kernel is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 126, "aarch64": 91}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 8, 8)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: capset: " + why)
print("ESCAPED: capset reached the kernel:", got, why)
