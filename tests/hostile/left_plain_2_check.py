# expect: blocked
# proof: pair
# A file, a directory with a file, hidden ones. Looks for what the plant, just before it on this
# slot, has left.
import os

left = os.listdir(".")
if left:
    print("ESCAPED: the scratch directory holds", len(left), "entries:", ascii(left[:3]))
    raise SystemExit
print("held: empty")
