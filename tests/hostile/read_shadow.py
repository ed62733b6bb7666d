# expect: blocked
# proof: stdout
# The password file of the host, or the image's.
import os

try:
    text = open("/etc/shadow").read()
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", len(text), "bytes of /etc/shadow")
