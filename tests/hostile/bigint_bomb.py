# expect: error=timeout
# proof: stdout
# One instruction of the interpreter that takes for ever: no signal handler of Python's gets a word in.
import os
import threading
import time


def watch():
    time.sleep(7)
    os.write(1, b"ESCAPED: older than the limit\n")


threading.Thread(target=watch, daemon=True).start()
began = time.monotonic()
n = 3 ** 1_500_000
while time.monotonic() - began < 8:
    n = n * n % (1 << 2_000_000)
