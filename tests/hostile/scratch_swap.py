# expect: blocked
# proof: stdout
# Replace the scratch directory by a link to /etc: the clean-up would empty that.
import os

try:
    here = os.getcwd()
    os.rename(here, here + ".gone")
    os.symlink("/etc", here)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", here, "is", os.readlink(here))
