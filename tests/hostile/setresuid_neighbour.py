# expect: refused=setresuid
# proof: stdout
# Become the next slot's uid: a template may, its runs may not.
import os

try:
    other = os.getuid() + 1
    os.setresuid(other, other, other)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "uid", os.getuid())
