# expect: blocked
# proof: stdout
# /proc/sysrq-trigger reboots the machine, drop_caches slows it. They are opened, never
# written.
import os

try:
    try:
        fd = os.open("/proc/sysrq-trigger", os.O_WRONLY)
    except FileNotFoundError:
        fd = os.open("/proc/sys/vm/drop_caches", os.O_WRONLY)
    os.close(fd)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "may pull the trigger")
