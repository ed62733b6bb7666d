# expect: refused=finit_module
# proof: stdout
# Load a kernel module from a descriptor (a bad one). Reaching the kernel is the escape,
# whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 313, "aarch64": 273}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, -1, 0, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: finit_module: " + why)
print("ESCAPED: finit_module reached the kernel:", got, why)
