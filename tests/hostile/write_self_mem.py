# expect: blocked
# proof: stdout
# /proc/self/mem writes through page protections.
import os

try:
    fd = os.open("/proc/self/mem", os.O_RDWR)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "opened our memory as a file")
