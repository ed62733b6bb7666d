# expect: blocked
# proof: stdout
# Open up a file of root's.
import os

try:
    os.chmod("/etc/passwd", 0o666)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "changed the mode of /etc/passwd")
