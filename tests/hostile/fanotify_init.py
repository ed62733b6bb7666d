# expect: refused=fanotify_init
# proof: stdout
# Watch every open on the machine. Reaching the kernel is the escape, whatever it
# answers.
import ctypes
import errno
import os

NR = {"x86_64": 300, "aarch64": 262}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 0, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: fanotify_init: " + why)
print("ESCAPED: fanotify_init reached the kernel:", got, why)
