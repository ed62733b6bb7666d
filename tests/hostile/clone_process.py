# expect: refused=clone
# proof: stdout
# clone with a plain exit signal: fork by its real name, past whoever only refuses fork.
import ctypes
import errno
import os

FLAGS = 17
nr = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
pid = libc.syscall(*map(ctypes.c_long, (nr, FLAGS, 0, 0, 0, 0)))
if pid == 0:
    os._exit(0)
if pid == -1:
    raise SystemExit(f"held: {errno.errorcode[ctypes.get_errno()]}")
print("ESCAPED: made process", pid)
