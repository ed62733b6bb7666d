# expect: blocked
# proof: stdout
# More than our share of the processor.
import os

try:
    os.setpriority(os.PRIO_PROCESS, 0, -10)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "niceness", os.getpriority(os.PRIO_PROCESS, 0))
