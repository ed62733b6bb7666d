# expect: refused=mq_open
# proof: stdout
# POSIX message queues outlive the run. Reaching the kernel is the escape, whatever it
# answers.
import ctypes
import errno
import os

NR = {"x86_64": 240, "aarch64": 180}[os.uname().machine]
name = ctypes.create_string_buffer(b"hostile")
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, ctypes.addressof(name), 0o102, 0o666, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: mq_open: " + why)
print("ESCAPED: mq_open reached the kernel:", got, why)
