# expect: refused=syslog
# proof: stdout
# Read the kernel's log: addresses, devices, other programs' crashes. Reaching the
# kernel is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 103, "aarch64": 116}[os.uname().machine]
log = ctypes.create_string_buffer(4096)
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, 3, ctypes.addressof(log), 4096)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: syslog: " + why)
print("ESCAPED: syslog reached the kernel:", got, why)
