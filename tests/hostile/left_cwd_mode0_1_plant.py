# expect: blocked
# proof: pair
# The scratch directory itself, mode 000: with the file in it that cannot be listed. Leaves it; the
# check follows on the same slot.
import os

open("hidden", "w").close()
os.chmod(".", 0)
print("held: planted")
