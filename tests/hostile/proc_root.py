# expect: blocked
# proof: stdout
# /proc/PID/root and cwd lead into other processes' file systems.
import os

try:
    for pid in (os.getppid() or 1, 1):
        names = os.listdir(f"/proc/{pid}/root")
        if names:
            break
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "the root of", pid, "holds", names[:4])
