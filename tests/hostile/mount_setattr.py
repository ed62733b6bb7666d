# expect: refused=mount_setattr
# proof: stdout
# Make a read-only mount writable again. Reaching the kernel is the escape, whatever it
# answers.
import ctypes
import errno
import os

NR = {"x86_64": 442, "aarch64": 442}[os.uname().machine]
root = ctypes.create_string_buffer(b"/nothere")
attr = ctypes.create_string_buffer(b"\0" * 8 + b"\1" + b"\0" * 23)
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, -100, ctypes.addressof(root), 0, ctypes.addressof(attr), 32)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: mount_setattr: " + why)
print("ESCAPED: mount_setattr reached the kernel:", got, why)
