# expect: refused=rt_sigqueueinfo
# proof: stdout
# A signal with forged sender data to the process that started us. Reaching the kernel
# is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 129, "aarch64": 138}[os.uname().machine]
info = (ctypes.c_int * 32)(18, 0, -1)
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, os.getppid() or 1, 18, ctypes.addressof(info))))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: rt_sigqueueinfo: " + why)
print("ESCAPED: rt_sigqueueinfo reached the kernel:", got, why)
