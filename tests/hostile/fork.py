# expect: refused=clone,fork,vfork,clone3
# proof: stdout
# A second process: the simplest way to outlive or outnumber the limits.
import os

try:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "made process", pid)
