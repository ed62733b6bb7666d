# expect: refused=mount
# proof: stdout
# Bind the root over our directory, to write in it (MS_BIND). Reaching the kernel is the
# escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 165, "aarch64": 40}[os.uname().machine]
root = ctypes.create_string_buffer(b"/")
spot = ctypes.create_string_buffer(b".")
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, ctypes.addressof(root), ctypes.addressof(spot), 0, 4096, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: mount_bind: " + why)
print("ESCAPED: mount_bind reached the kernel:", got, why)
