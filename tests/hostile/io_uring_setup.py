# expect: blocked
# proof: stdout
# System calls that no seccomp filter sees. May be answered ENOSYS, so not named.
# Reaching the kernel is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 425, "aarch64": 425}[os.uname().machine]
params = ctypes.create_string_buffer(120)
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 1, ctypes.addressof(params))))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: io_uring_setup: " + why)
print("ESCAPED: io_uring_setup reached the kernel:", got, why)
