# expect: blocked
# proof: stdout
# Kernel settings: where core files go is a command line run as root. It is opened, never
# written.
import os

try:
    fd = os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY)
    os.close(fd)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "may set core_pattern")
