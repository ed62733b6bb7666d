# expect: refused=execve
# proof: stdout
# Replace the interpreter, whose filter and limits were chosen for it, by a shell.
import os
import sys

try:
    sys.stdout.flush()
    os.execv("/bin/sh", ["sh", "-c", "echo ESCAPED: this is a shell"])
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "unreachable")
