# expect: refused=setpriority
# proof: stdout
# Starve the server.
import os

try:
    os.setpriority(os.PRIO_PROCESS, os.getppid() or 1, 19)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "the parent is nice now")
