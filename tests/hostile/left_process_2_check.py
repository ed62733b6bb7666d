# expect: blocked
# proof: pair
# A grandchild that survives its run, and still writes to the slot's directory. Looks for what the
# plant, just before it on this slot, has left.
import os
import time

before = set(os.listdir("."))
time.sleep(0.5)
new = set(os.listdir(".")) - before
if new or before:
    print("ESCAPED: somebody wrote", len(new | before), "files in our directory")
    raise SystemExit
print("held: nobody else is here")
