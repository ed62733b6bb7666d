# expect: refused=ptrace
# proof: stdout
# Become the tracer of the process that started us (PTRACE_SEIZE). Reaching the kernel
# is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 101, "aarch64": 117}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 0x4206, os.getppid() or 1, 0, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: ptrace_seize: " + why)
print("ESCAPED: ptrace_seize reached the kernel:", got, why)
