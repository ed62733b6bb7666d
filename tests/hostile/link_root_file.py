# expect: blocked
# proof: stdout
# A hard link keeps a file of root's where the server deletes and changes owners.
import os

try:
    os.link("/etc/passwd", "mine")
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "linked, owner", os.stat("mine").st_uid)
