# expect: refused=setuid
# proof: stdout
# Become root again.
import os

try:
    os.setuid(0)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "uid", os.getuid())
