# expect: blocked
# proof: pair
# The scratch directory read-only and its files too. Looks for what the plant, just before it on
# this slot, has left.
import os

left = os.listdir(".")
if left:
    print("ESCAPED: the scratch directory holds", len(left), "entries:", ascii(left[:3]))
    raise SystemExit
print("held: empty")
