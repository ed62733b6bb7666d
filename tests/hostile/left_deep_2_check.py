# expect: blocked
# proof: pair
# A directory ten thousand levels deep: too long for any path, too deep for a recursive clean-up.
# Looks for what the plant, just before it on this slot, has left.
import os

left = os.listdir(".")
if left:
    print("ESCAPED: the scratch directory holds", len(left), "entries:", ascii(left[:3]))
    raise SystemExit
print("held: empty")
