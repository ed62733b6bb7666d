# expect: error=timeout
# proof: stdout
# An interval timer whose handler never ends, to disturb whatever counts on signals.
import signal
import time

signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
began = time.monotonic()
while time.monotonic() - began < 7:
    time.sleep(0.01)
print("ESCAPED: older than the limit")
