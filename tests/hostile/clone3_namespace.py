# expect: blocked
# proof: stdout
# clone3 hides its flags behind a pointer. May be answered ENOSYS, so not named. A bad
# exit signal keeps it from making anything. Reaching the kernel is the escape, whatever
# it answers.
import ctypes
import errno
import os

NR = {"x86_64": 435, "aarch64": 435}[os.uname().machine]
args = (ctypes.c_ulong * 11)(0x10000000, 0, 0, 0, 0xffff)
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, ctypes.addressof(args), 64)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: clone3_namespace: " + why)
print("ESCAPED: clone3_namespace reached the kernel:", got, why)
