# expect: blocked
# proof: pair
# System V shared memory, which no process needs to hold. Looks for what the plant, just before it
# on this slot, has left.
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
if libc.shmget(0x4B72, 4096, 0o666) == -1:
    raise SystemExit(f"held: {os.strerror(ctypes.get_errno())}")
print("ESCAPED: the segment of the run before is still there")
