# expect: error=timeout
# proof: stdout
# Wait for ever on a pipe that nobody writes, with a thread to look at the clock.
import os
import threading
import time

def watch():
    time.sleep(7)
    os.write(1, b"ESCAPED: older than the limit\n")
    os._exit(0)


threading.Thread(target=watch).start()
r, w = os.pipe()
os.read(r, 1)
