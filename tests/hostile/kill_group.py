# expect: blocked
# proof: stdout
# kill(0): everything in our process group, which must be ours alone.
import os
import signal

try:
    assert os.getpgrp() != os.getpid(), "we lead our group"
    os.kill(0, signal.SIGCONT)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "signalled the group")
