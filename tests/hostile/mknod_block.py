# expect: blocked
# proof: stdout
# A block device: 8,0 is the first disk. It is made, never opened.
import os
import stat

try:
    os.mknod("disk", stat.S_IFBLK | 0o666, os.makedev(8, 0))
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "made a device")
