# expect: refused=kill
# proof: stdout
# kill(0): everything in our process group, which should be ours alone but is not asked.
import os
import signal

try:
    os.kill(0, signal.SIGCONT)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "signalled the group")
