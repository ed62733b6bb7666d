# expect: refused=fsopen
# proof: stdout
# The new mount interface: a file system context. Reaching the kernel is the escape,
# whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 430, "aarch64": 430}[os.uname().machine]
name = ctypes.create_string_buffer(b"tmpfs")
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, ctypes.addressof(name), 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: fsopen: " + why)
print("ESCAPED: fsopen reached the kernel:", got, why)
