# expect: blocked
# proof: stdout
# Forty thousand small mappings: each costs the kernel more than it costs us.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
made = 0
for n in range(40_000):
    # alternating protections keep the kernel from joining neighbours
    at = libc.mmap(None, ctypes.c_size_t(16384), 1 + n % 2 * 2, 0x22, -1, ctypes.c_long(0))
    if at in (None, ctypes.c_void_p(-1).value):
        break
    made += 1
if made < 40_000:
    raise SystemExit(f"held: {made} mappings")
print("ESCAPED:", made, "mappings,", made * 16 >> 10, "MiB of address space")
