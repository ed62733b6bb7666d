# expect: blocked
# proof: pair
# A file that is mapped and written to until the end. Looks for what the plant, just before it on
# this slot, has left.
import os

left = os.listdir(".")
if left:
    print("ESCAPED: the scratch directory holds", len(left), "entries:", ascii(left[:3]))
    raise SystemExit
print("held: empty")
