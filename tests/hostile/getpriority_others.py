# expect: refused=getpriority
# proof: stdout
# Who else is there? The kernel tells of any user and any process whether it exists, and how nice it is.
import os

try:
    found = [os.getpriority(os.PRIO_USER, 0), os.getpriority(os.PRIO_PROCESS, os.getppid() or 1)]
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "they are as nice as", found)
