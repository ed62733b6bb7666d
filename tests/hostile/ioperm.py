# expect: refused=ioperm
# proof: stdout
# with: x86_64
# One raw I/O port. Reaching the kernel is the escape, whatever it answers.
import ctypes
import errno

NR = 173
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 0x80, 1, 1)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: ioperm: " + why)
print("ESCAPED: ioperm reached the kernel:", got, why)
