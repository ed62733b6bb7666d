# expect: refused=iopl
# proof: stdout
# with: x86_64
# Raw I/O ports. Reaching the kernel is the escape, whatever it answers.
import ctypes
import errno

NR = 172
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 3)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: iopl: " + why)
print("ESCAPED: iopl reached the kernel:", got, why)
