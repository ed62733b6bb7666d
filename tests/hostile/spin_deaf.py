# expect: error=timeout
# proof: stdout
# Deaf to every signal that can be ignored or blocked.
import signal
import time

for n in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    try:
        signal.signal(n, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
began = time.monotonic()
while time.monotonic() - began < 7:
    pass
print("ESCAPED: older than the limit")
