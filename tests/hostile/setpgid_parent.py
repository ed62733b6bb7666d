# expect: blocked
# proof: stdout
# Join the server's process group, to be spared with it or to signal it.
import os

try:
    os.setpgid(0, os.getpgid(os.getppid() or 1))
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "in the parent's group")
