# expect: refused=move_pages
# proof: stdout
# Move another process's memory between nodes. Reaching the kernel is the escape,
# whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 279, "aarch64": 239}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, os.getppid() or 1, 0, 0, 0, 0, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: move_pages: " + why)
print("ESCAPED: move_pages reached the kernel:", got, why)
