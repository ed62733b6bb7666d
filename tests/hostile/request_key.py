# expect: refused=request_key
# proof: stdout
# Have the kernel start its key helper as root. Reaching the kernel is the escape,
# whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 249, "aarch64": 218}[os.uname().machine]
kind = ctypes.create_string_buffer(b"user")
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, ctypes.addressof(kind), ctypes.addressof(kind), 0, -1)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: request_key: " + why)
print("ESCAPED: request_key reached the kernel:", got, why)
