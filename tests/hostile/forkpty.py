# expect: blocked
# proof: stdout
# A second process with a terminal of its own (there should not even be a terminal to take).
import os
import pty

try:
    pid, fd = pty.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "made process", pid)
