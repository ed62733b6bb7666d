# expect: blocked
# proof: stdout
# Put the server on one processor, and spin there.
import os

try:
    os.sched_setaffinity(os.getppid() or 1, {0})
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "moved the parent")
