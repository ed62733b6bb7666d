# expect: refused=setreuid
# proof: stdout
# Swap real and effective uid.
import os

try:
    os.setreuid(0, 0)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "uid", os.getuid())
