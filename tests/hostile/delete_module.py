# expect: refused=delete_module
# proof: stdout
# Unload a kernel module that does not exist. Reaching the kernel is the escape,
# whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 176, "aarch64": 106}[os.uname().machine]
name = ctypes.create_string_buffer(b"no-such-module")
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, ctypes.addressof(name), 0o4000)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: delete_module: " + why)
print("ESCAPED: delete_module reached the kernel:", got, why)
