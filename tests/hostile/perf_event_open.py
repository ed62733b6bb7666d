# expect: refused=perf_event_open
# proof: stdout
# Performance counters: side channels and a long list of kernel bugs. Reaching the
# kernel is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 298, "aarch64": 241}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 0, 0, -1, -1, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: perf_event_open: " + why)
print("ESCAPED: perf_event_open reached the kernel:", got, why)
