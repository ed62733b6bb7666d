# expect: refused=swapoff
# proof: stdout
# Take swap away (from a file that does not exist). Reaching the kernel is the escape,
# whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 168, "aarch64": 225}[os.uname().machine]
name = ctypes.create_string_buffer(b"no-such-swap")
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, ctypes.addressof(name))))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: swapoff: " + why)
print("ESCAPED: swapoff reached the kernel:", got, why)
