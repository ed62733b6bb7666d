# expect: refused=process_vm_writev
# proof: stdout
# Write into the process that started us; the target address is bad on purpose. Reaching
# the kernel is the escape, whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 311, "aarch64": 271}[os.uname().machine]
word = ctypes.create_string_buffer(8)
here = (ctypes.c_long * 2)(ctypes.addressof(word), 8)
there = (ctypes.c_long * 2)(4096, 8)
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, os.getppid() or 1, ctypes.addressof(here), 1, ctypes.addressof(there), 1, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: process_vm_writev: " + why)
print("ESCAPED: process_vm_writev reached the kernel:", got, why)
