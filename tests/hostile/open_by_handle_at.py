# expect: refused=open_by_handle_at
# proof: stdout
# Open any inode of a file system by its number: the way out of many containers.
# Reaching the kernel is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 304, "aarch64": 265}[os.uname().machine]
handle = ctypes.create_string_buffer(b"\x08\0\0\0\1\0\0\0\2", 64)
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, -100, ctypes.addressof(handle), 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: open_by_handle_at: " + why)
print("ESCAPED: open_by_handle_at reached the kernel:", got, why)
