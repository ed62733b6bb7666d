# expect: refused=setresuid
# proof: stdout
# Take back a saved uid that somebody forgot to drop.
import os

try:
    os.setresuid(-1, 0, -1)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "euid", os.geteuid())
