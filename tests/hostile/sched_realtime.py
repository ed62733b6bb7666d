# expect: blocked
# proof: stdout
# Real-time scheduling: a spin that nothing interrupts.
import os

try:
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "real-time")
