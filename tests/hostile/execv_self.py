# expect: refused=execve
# proof: stdout
# Start the interpreter again, cold: whatever was arranged in the warm one is gone.
import os
import sys

try:
    os.execv(os.path.realpath(sys.executable), ["python3", "-c", "print('ESCAPED: a fresh interpreter')"])
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "unreachable")
