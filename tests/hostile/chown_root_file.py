# expect: blocked
# proof: stdout
# Take a file of root's.
import os

try:
    os.chown("/etc/passwd", os.getuid() or 1, -1)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "took /etc/passwd")
