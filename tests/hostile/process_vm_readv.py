# expect: refused=process_vm_readv
# proof: stdout
# Read the memory of the process that started us. Reaching the kernel is the escape,
# whatever it answers.
import ctypes
import errno
import os

NR = {"x86_64": 310, "aarch64": 270}[os.uname().machine]
word = ctypes.create_string_buffer(8)
here = (ctypes.c_long * 2)(ctypes.addressof(word), 8)
there = (ctypes.c_long * 2)(4096, 8)
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
got = libc.syscall(*map(ctypes.c_long, (NR, os.getppid() or 1, ctypes.addressof(here), 1, ctypes.addressof(there), 1, 0)))
why = errno.errorcode.get(ctypes.get_errno()) if got == -1 else "ok"
if why in ("EPERM", "EACCES", "ENOSYS"):
    raise SystemExit("held: process_vm_readv: " + why)
print("ESCAPED: process_vm_readv reached the kernel:", got, why)
