# expect: blocked
# proof: pair
# A thread that makes new files and renames directories to the very end: the clean-up runs while it
# still may. Looks for what the plant, just before it on this slot, has left.
import os

left = os.listdir(".")
if left:
    print("ESCAPED: the scratch directory holds", len(left), "entries:", ascii(left[:3]))
    raise SystemExit
print("held: empty")
