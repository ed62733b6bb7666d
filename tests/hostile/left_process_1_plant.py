# expect: refused=clone,fork,vfork
# proof: pair
# A grandchild that survives its run, and still writes to the slot's directory. Leaves it; the check
# follows on the same slot.
import os
import time

try:
    if os.fork() == 0:
        os.setsid()
        for _ in range(40):
            time.sleep(0.1)
            open(f"alive{time.monotonic_ns()}", "w").close()
        os._exit(0)
except OSError as e:
    raise SystemExit(f"held: {e}")
print("held: planted")
