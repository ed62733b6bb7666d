# expect: refused=reboot
# proof: stdout
# reboot(2) with a magic number that the kernel always refuses. Reaching the kernel is
# the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 169, "aarch64": 142}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 0xbad, 0xbad, 0, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: reboot_bad_magic: " + why)
print("ESCAPED: reboot_bad_magic reached the kernel:", got, why)
