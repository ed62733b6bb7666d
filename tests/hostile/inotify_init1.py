# expect: refused=inotify_init1
# proof: stdout
# Watch what other runs touch: a channel between them. Reaching the kernel is the
# escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 294, "aarch64": 26}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: inotify_init1: " + why)
print("ESCAPED: inotify_init1 reached the kernel:", got, why)
