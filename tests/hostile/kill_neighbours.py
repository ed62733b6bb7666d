# expect: refused=kill
# proof: stdout
# Other runs have pids close to ours.
import os
import signal

try:
    hit = []
    for pid in range(max(2, os.getpid() - 64), os.getpid() + 64):
        if pid != os.getpid():
            try:
                os.kill(pid, signal.SIGKILL)
                hit.append(pid)
            except OSError:
                pass
    assert hit, "nobody there, or out of reach"
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "killed", hit)
