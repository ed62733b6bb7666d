# expect: blocked
# proof: stdout
# More than 128 MiB in files that are each allowed, still there a second later (who counts may be late).
import os
import time

try:
    for n in range(5):
        with open(f"part{n}", "wb") as f:
            for _ in range(32):
                f.write(b"x" * (1 << 20))
except OSError as e:
    print("held:", e)
time.sleep(1)
total = sum(os.stat(name).st_blocks * 512 for name in os.listdir("."))
if total > 128 << 20:
    print("ESCAPED: holding", total >> 20, "MiB")
