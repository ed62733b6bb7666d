# expect: blocked
# proof: stdout
# Remove the scratch directory: the next run on this slot has none.
import os

try:
    here = os.getcwd()
    for name in os.listdir(here):
        os.unlink(name)
    os.rmdir(here)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", here, "is gone")
