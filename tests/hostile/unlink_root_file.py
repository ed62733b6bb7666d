# expect: blocked
# proof: stdout
# Delete what other runs need.
import os

try:
    os.unlink("/etc/passwd")
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "deleted /etc/passwd")
