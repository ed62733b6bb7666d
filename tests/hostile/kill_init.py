# expect: refused=kill
# proof: stdout
# In a container the server is pid 1.
import os
import signal

try:
    os.kill(1, signal.SIGTERM)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "signalled pid 1")
