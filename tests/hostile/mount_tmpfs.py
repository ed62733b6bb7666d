# expect: refused=mount
# proof: stdout
# Mount a fresh tmpfs over our own directory: bytes that no quota counts. Reaching the
# kernel is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 165, "aarch64": 40}[os.uname().machine]
name = ctypes.create_string_buffer(b"tmpfs")
spot = ctypes.create_string_buffer(b".")
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, ctypes.addressof(name), ctypes.addressof(spot), ctypes.addressof(name), 0, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: mount_tmpfs: " + why)
print("ESCAPED: mount_tmpfs reached the kernel:", got, why)
