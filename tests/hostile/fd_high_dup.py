# expect: blocked
# proof: stdout
# A descriptor number above the limit: where the server keeps what it passes.
import fcntl
import os

won = []
for n in (256, 257, 511, 512, 1000, 1023):
    try:
        os.dup2(1, n)
        won.append(n)
    except OSError:
        pass
    try:
        won.append(fcntl.fcntl(1, fcntl.F_DUPFD, n))
    except (OSError, ValueError):
        pass
if not won:
    raise SystemExit("held: nothing above 255")
print("ESCAPED: descriptors", won)
