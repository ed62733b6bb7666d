# expect: blocked
# proof: pair
# The scratch directory itself, mode 000: with the file in it that cannot be listed. Looks for what
# the plant, just before it on this slot, has left.
import os

left = os.listdir(".")
if left:
    print("ESCAPED: the scratch directory holds", len(left), "entries:", ascii(left[:3]))
    raise SystemExit
print("held: empty")
