# expect: refused=seccomp
# proof: stdout
# A filter of our own that answers a call with success: it fakes what the jail's steps rely on, and with
# a listener (flag 8) it blocks the server's.
import ctypes
import errno
import os
import struct

nr = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
allow = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7FFF0000))
prog = ctypes.create_string_buffer(struct.pack("H6xQ", 1, ctypes.addressof(allow)))
libc = ctypes.CDLL(None, use_errno=True)
fd = libc.syscall(*map(ctypes.c_long, (nr, 1, 8, ctypes.addressof(prog))))
if fd == -1:
    raise SystemExit(f"held: {errno.errorcode[ctypes.get_errno()]}")
print("ESCAPED: our own filter listens on", fd)
