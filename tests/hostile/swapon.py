# expect: refused=swapon
# proof: stdout
# Swap to a file (one that does not exist). Reaching the kernel is the escape, whatever
# it answers.
import ctypes
import errno
import os

NR = {"x86_64": 167, "aarch64": 224}[os.uname().machine]
name = ctypes.create_string_buffer(b"no-such-swap")
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, ctypes.addressof(name), 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: swapon: " + why)
print("ESCAPED: swapon reached the kernel:", got, why)
