# expect: blocked
# proof: stdout
# Inodes that are no files: directories, links, sockets and FIFOs, more than 4096, a second later.
import os
import stat
import time

try:
    for n in range(1300):
        os.mkdir(f"d{n}")
        os.symlink("nowhere", f"d{n}/link")
        os.mkfifo(f"d{n}/fifo")
        os.mknod(f"d{n}/socket", stat.S_IFSOCK | 0o600)
except OSError as e:
    print("held:", e)
time.sleep(1)
n = sum(len(dirs) + len(names) for _, dirs, names in os.walk("."))
if n > 4096:
    print("ESCAPED:", n, "inodes")
