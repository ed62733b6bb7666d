# expect: refused=kill
# proof: stdout
# End the process that started us: a template, or the server itself.
import os
import signal

try:
    os.kill(os.getppid() or 1, signal.SIGTERM)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "signalled the parent")
