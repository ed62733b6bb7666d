# expect: blocked
# proof: stdout
# A character device: 1,1 is the machine's memory. It is made, never opened.
import os
import stat

try:
    os.mknod("mem", stat.S_IFCHR | 0o666, os.makedev(1, 1))
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "made a device")
