# expect: blocked
# proof: pair
# Symbolic links to themselves, to each other, to the root and to /etc: who follows them deletes the
# wrong thing. Looks for what the plant, just before it on this slot, has left.
import os

left = os.listdir(".")
if left:
    print("ESCAPED: the scratch directory holds", len(left), "entries:", ascii(left[:3]))
    raise SystemExit
print("held: empty")
