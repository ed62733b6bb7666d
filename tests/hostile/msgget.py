# expect: refused=msgget
# proof: stdout
# System V message queues outlive the run. Reaching the kernel is the escape, whatever
# it answers.
import ctypes
import errno
import os

NR = {"x86_64": 68, "aarch64": 186}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 0x4b71, 0o1666)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: msgget: " + why)
print("ESCAPED: msgget reached the kernel:", got, why)
