# expect: refused=execve
# proof: stdout
# Write a program to the scratch directory and execute it.
import os

try:
    with open("hostile.sh", "w", opener=lambda name, flags: os.open(name, flags, 0o755)) as f:
        f.write("#!/bin/sh\necho ESCAPED: our own program ran\n")
    os.execv("./hostile.sh", ["hostile.sh"])
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "unreachable")
