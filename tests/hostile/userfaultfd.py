# expect: refused=userfaultfd
# proof: stdout
# Stop kernel threads at will in a page fault: what makes kernel races easy to win.
# Reaching the kernel is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 323, "aarch64": 282}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: userfaultfd: " + why)
print("ESCAPED: userfaultfd reached the kernel:", got, why)
