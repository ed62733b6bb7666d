# expect: blocked
# proof: pair
# A note to the next run in /tmp. Leaves it; the check follows on the same slot.
import os

try:
    with open("/tmp/kq7-note", "w") as f:
        f.write("meet me here")
    os.chmod("/tmp/kq7-note", 0o666)
except OSError as e:
    print("no:", e)
print("held: planted")
