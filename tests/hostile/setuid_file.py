# expect: blocked
# proof: stdout
# A file of root's with the set-user-id bit, for somebody outside to run.
import os

try:
    with open("become", "w") as f:
        f.write("#!/bin/sh\n")
    os.chown("become", 0, 0)
    os.chmod("become", 0o4755)
    mode = os.stat("become")
    assert mode.st_uid == 0 and mode.st_mode & 0o4000, oct(mode.st_mode)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "set-user-id root")
