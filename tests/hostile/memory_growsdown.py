# expect: blocked
# proof: stdout
# MAP_GROWSDOWN mappings are stacks: they grow by themselves, and RLIMIT_DATA does not count them.
import ctypes

STEP, SIZE = 8 << 20, 4 << 20
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
held = 0
for n in range(160):
    top = 0x2000_0000_0000 + n * STEP
    at = libc.mmap(ctypes.c_void_p(top), ctypes.c_size_t(4096), 3, 0x100122, -1, ctypes.c_long(0))
    if at != top:
        raise SystemExit(f"held: {held >> 20} MiB")
    for down in range(0, SIZE, 4096):
        ctypes.memset(top - down, 1, 1)         # a fault past the limit ends us here
    held += SIZE
print("ESCAPED: holding", held >> 20, "MiB of stacks")
