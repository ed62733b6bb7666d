# expect: refused=init_module
# proof: stdout
# Load a kernel module (an empty one: never valid). Reaching the kernel is the escape,
# whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 175, "aarch64": 105}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 0, 0, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: init_module: " + why)
print("ESCAPED: init_module reached the kernel:", got, why)
