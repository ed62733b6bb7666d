# expect: blocked
# proof: pair
# A thread that makes new files and renames directories to the very end: the clean-up runs while it
# still may. Leaves it; the check follows on the same slot.
import os
import threading
import time


def churn():
    n = 0
    while True:
        n += 1
        try:
            os.mkdir(f"d{n % 50}")
            os.rename(f"d{n % 50}", f"e{n % 7}")
            os.close(os.open(f"e{n % 7}/f{n % 100}", os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError:
            pass


for _ in range(4):
    threading.Thread(target=churn, daemon=True).start()
time.sleep(0.5)
print("held: planted")
