# expect: error=timeout
# proof: stdout
# Nothing at all, for longer than the limit: a limit on processor time does not see it.
import time

time.sleep(7)
print("ESCAPED: older than the limit")
