# expect: blocked
# proof: pair
# A file, a directory with a file, hidden ones. Leaves it; the check follows on the same slot.
import os

os.makedirs("a/b/.c")
for name in ("one", ".two", "a/three", "a/b/.c/.four"):
    open(name, "w").close()
print("held: planted")
