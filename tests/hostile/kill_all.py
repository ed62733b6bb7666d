# expect: refused=kill
# proof: stdout
# kill(-1): everything that this uid may signal.
import os
import signal

try:
    os.kill(-1, signal.SIGKILL)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "signalled every process")
