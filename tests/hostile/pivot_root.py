# expect: refused=pivot_root
# proof: stdout
# Change the root itself. Reaching the kernel is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 155, "aarch64": 41}[os.uname().machine]
spot = ctypes.create_string_buffer(b".")
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, ctypes.addressof(spot), ctypes.addressof(spot))))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: pivot_root: " + why)
print("ESCAPED: pivot_root reached the kernel:", got, why)
