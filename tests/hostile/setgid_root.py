# expect: refused=setgid
# proof: stdout
# Become group root again.
import os

try:
    os.setgid(0)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "gid", os.getgid())
