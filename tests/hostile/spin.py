# expect: error=timeout
# proof: stdout
# A processor at full speed for longer than the limit.
import time

began = time.monotonic()
while time.monotonic() - began < 7:
    pass
print("ESCAPED: older than the limit")
