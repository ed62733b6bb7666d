# expect: blocked
# proof: stdout
# /etc/ld.so.preload is loaded into every dynamic program.
import os

try:
    with open("/etc/ld.so.preload", "a") as f:
        f.write("")
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "may write", f.name)
