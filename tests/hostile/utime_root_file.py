# expect: blocked
# proof: stdout
# Touch a file of root's: stale caches everywhere.
import os

try:
    os.utime("/etc/passwd", (0, 0))
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "/etc/passwd is old now")
