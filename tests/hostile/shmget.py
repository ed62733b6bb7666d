# expect: refused=shmget
# proof: stdout
# System V shared memory outlives the run: a channel to the next one. Reaching the
# kernel is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 29, "aarch64": 194}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 0x4b71, 4096, 0o1666)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: shmget: " + why)
print("ESCAPED: shmget reached the kernel:", got, why)
