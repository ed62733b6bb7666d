# expect: blocked
# proof: stdout
# More than 4096 files, still there a second later (who counts may be late).
import os
import time

try:
    for n in range(5000):
        os.close(os.open(f"f{n}", os.O_WRONLY | os.O_CREAT, 0o600))
except OSError as e:
    print("held:", e)
time.sleep(1)
n = len(os.listdir("."))
if n > 4096:
    print("ESCAPED:", n, "files")
