# expect: blocked
# proof: pair
# A FIFO that nobody reads, a socket, and a locked file: opening one of them to look may hang for
# ever. Looks for what the plant, just before it on this slot, has left.
import os

left = os.listdir(".")
if left:
    print("ESCAPED: the scratch directory holds", len(left), "entries:", ascii(left[:3]))
    raise SystemExit
print("held: empty")
