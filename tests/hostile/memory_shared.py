# expect: blocked
# proof: stdout
# Shared anonymous mappings are not data: RLIMIT_DATA does not count them.
import mmap

held = []
try:
    while len(held) < 80:
        m = mmap.mmap(-1, 8 << 20, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
        for at in range(0, len(m), 4096):
            m[at] = 1
        held.append(m)
except (OSError, MemoryError) as e:
    raise SystemExit(f"held: {len(held) * 8} MiB: {e}")
print("ESCAPED: holding", len(held) * 8, "MiB")
