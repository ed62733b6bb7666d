# expect: blocked
# proof: pair
# A FIFO that nobody reads, a socket, and a locked file: opening one of them to look may hang for
# ever. Leaves it; the check follows on the same slot.
import fcntl
import os
import stat

os.mkfifo("fifo")
try:
    os.mknod("socket", stat.S_IFSOCK | 0o600)
except OSError as e:
    print("no socket:", e)
f = open("locked", "w")
fcntl.flock(f, fcntl.LOCK_EX)
print("held: planted")
