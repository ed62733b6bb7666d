# expect: error=timeout
# proof: stdout
# Live on in an exit handler.
import atexit
import time

def stay():
    time.sleep(7)
    print("ESCAPED: older than the limit")


atexit.register(stay)
