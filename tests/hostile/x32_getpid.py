# expect: blocked
# proof: stdout
# with: x86_64
# The x32 numbers are a second table that a filter may have forgotten. Reaching the
# kernel is the escape, whatever it answers.
import ctypes
import errno

NR = 0x40000027
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: x32_getpid: " + why)
print("ESCAPED: x32_getpid reached the kernel:", got, why)
