# expect: blocked
# proof: stdout
# Give a file to the next slot's uid: its clean-up or quota pays for it.
import os

try:
    with open("gift", "w"):
        os.chown("gift", os.getuid() + 1, os.getgid() + 1)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "gave a file to", os.stat("gift").st_uid)
