# expect: blocked
# proof: pair
# Chains of directories with a file at every level, moved into each other while still shallow.
# Leaves it; the check follows on the same slot.
import os

os.makedirs("/".join(["x" * 200] * 15))
open("x" * 200 + "/f", "w").close()
for n in range(20):
    os.makedirs(f"chain{n}/" + "/".join(["y" * 200] * 15))
for n in range(19, 0, -1):
    os.rename(f"chain{n}", f"chain{n - 1}/" + "y" * 200 + "/moved")
print("held: planted")
