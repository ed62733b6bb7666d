# expect: refused=semget
# proof: stdout
# System V semaphores outlive the run. Reaching the kernel is the escape, whatever it
# answers.
import ctypes
import errno
import os

NR = {"x86_64": 64, "aarch64": 190}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 0x4b71, 1, 0o1666)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: semget: " + why)
print("ESCAPED: semget reached the kernel:", got, why)
