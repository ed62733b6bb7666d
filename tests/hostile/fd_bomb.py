# expect: blocked
# proof: stdout
# More than 256 descriptors.
import os

fds = []
try:
    while len(fds) < 300:
        fds.append(os.dup(1))
except OSError as e:
    raise SystemExit(f"held: {len(fds)} descriptors: {e}")
print("ESCAPED:", len(fds), "descriptors")
