# expect: refused=add_key
# proof: stdout
# Keys outlive the run: a channel from one program to the next. Reaching the kernel is
# the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 248, "aarch64": 217}[os.uname().machine]
kind = ctypes.create_string_buffer(b"user")
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, ctypes.addressof(kind), ctypes.addressof(kind), ctypes.addressof(kind), 1, -1)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: add_key: " + why)
print("ESCAPED: add_key reached the kernel:", got, why)
