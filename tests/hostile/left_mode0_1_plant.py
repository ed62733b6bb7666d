# expect: blocked
# proof: pair
# Directories and files of mode 000: who owns them must open them up first, root need not. Leaves
# it; the check follows on the same slot.
import os

os.makedirs("locked/inside")
open("locked/inside/file", "w").close()
os.chmod("locked/inside/file", 0)
os.chmod("locked/inside", 0)
os.chmod("locked", 0)
print("held: planted")
