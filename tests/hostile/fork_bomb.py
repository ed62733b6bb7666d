# expect: refused=clone,fork,vfork
# proof: stdout
# The fork bomb. Bounded here at 100, so that the proof ends.
import os
import time

made = []
try:
    while len(made) < 100:
        pid = os.fork()
        if pid == 0:
            time.sleep(1)
            os._exit(0)
        made.append(pid)
except OSError as e:
    print("stopped:", e)
if not made:
    raise SystemExit("held: no process")
print("ESCAPED:", len(made), "processes")
