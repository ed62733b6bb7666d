# expect: blocked
# proof: pair
# The scratch directory read-only and its files too. Leaves it; the check follows on the same slot.
import os

open("kept", "w").close()
os.chmod("kept", 0o400)
os.chmod(".", 0o500)
print("held: planted")
