# expect: refused=shmget
# proof: pair
# System V shared memory, which no process needs to hold. Leaves it; the check follows on the same
# slot.
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
if libc.shmget(0x4B72, 4096, 0o1666) == -1:
    raise SystemExit(f"held: {os.strerror(ctypes.get_errno())}")
print("held: planted")
