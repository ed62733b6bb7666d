# expect: refused=acct
# proof: stdout
# Have the kernel write an accounting file (one that does not exist). Reaching the
# kernel is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 163, "aarch64": 89}[os.uname().machine]
name = ctypes.create_string_buffer(b"no-such-file")
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, ctypes.addressof(name))))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: acct: " + why)
print("ESCAPED: acct reached the kernel:", got, why)
