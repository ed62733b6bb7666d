# expect: blocked
# proof: stdout
# /dev/shm is memory that no limit of ours may count: more than 128 MiB there.
import os
import time

made = []
try:
    for n in range(5):
        made.append(f"/dev/shm/hostile{n}")
        with open(made[-1], "wb") as f:
            for _ in range(32):
                f.write(b"x" * (1 << 20))
except OSError as e:
    print("held:", e)
time.sleep(1)
total = sum(os.stat(name).st_blocks * 512 for name in made if os.path.exists(name))
if total > 128 << 20:
    print("ESCAPED: holding", total >> 20, "MiB")
