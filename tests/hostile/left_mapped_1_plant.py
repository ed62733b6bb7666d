# expect: blocked
# proof: pair
# A file that is mapped and written to until the end. Leaves it; the check follows on the same slot.
import mmap

with open("mapped", "wb") as f:
    f.truncate(8 << 20)
f = open("mapped", "r+b")
m = mmap.mmap(f.fileno(), 0)
m[:] = b"x" * len(m)
print("held: planted")
