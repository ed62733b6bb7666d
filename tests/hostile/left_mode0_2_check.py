# expect: blocked
# proof: pair
# Directories and files of mode 000: who owns them must open them up first, root need not. Looks for
# what the plant, just before it on this slot, has left.
import os

left = os.listdir(".")
if left:
    print("ESCAPED: the scratch directory holds", len(left), "entries:", ascii(left[:3]))
    raise SystemExit
print("held: empty")
