# expect: refused=setgroups
# proof: stdout
# Supplementary groups: disk, docker, shadow.
import os

try:
    os.setgroups([0, 6, 42])
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "groups", os.getgroups())
