# expect: refused=name_to_handle_at
# proof: stdout
# A file handle for /: the first half of the open_by_handle_at escape. Reaching the
# kernel is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 303, "aarch64": 264}[os.uname().machine]
root = ctypes.create_string_buffer(b"/")
handle = ctypes.create_string_buffer(b"\x80", 256)
at = ctypes.addressof(handle)
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, -100, ctypes.addressof(root), at, at + 160, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: name_to_handle_at: " + why)
print("ESCAPED: name_to_handle_at reached the kernel:", got, why)
