# expect: error=timeout
# proof: stdout
# A stopped process neither ends nor hears SIGTERM.
import os
import signal
import time

began = time.monotonic()
try:
    os.kill(os.getpid(), signal.SIGSTOP)
except OSError as e:
    print("no:", e)
time.sleep(max(0, 6 - (time.monotonic() - began)))
print("ESCAPED: older than the limit")
