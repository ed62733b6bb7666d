# expect: refused=modify_ldt
# proof: stdout
# with: x86_64
# 16-bit code segments: old kernel paths (from a bad address). Reaching the kernel is
# the escape, whatever it answers.
import ctypes
import errno

NR = 154
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 17, 8, 16)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: modify_ldt: " + why)
print("ESCAPED: modify_ldt reached the kernel:", got, why)
