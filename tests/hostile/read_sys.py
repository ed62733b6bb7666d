# expect: blocked
# proof: stdout
# /sys tells the hardware, the cloud's serial number, the neighbours.
import os

try:
    names = sorted(os.listdir("/sys/class"))
    assert names, "an empty /sys"
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "/sys holds", names[:4])
