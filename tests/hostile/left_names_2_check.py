# expect: blocked
# proof: pair
# Names of 255 bytes, with newlines, quotes, leading dashes, bytes that are not UTF-8. Looks for
# what the plant, just before it on this slot, has left.
import os

left = os.listdir(".")
if left:
    print("ESCAPED: the scratch directory holds", len(left), "entries:", ascii(left[:3]))
    raise SystemExit
print("held: empty")
