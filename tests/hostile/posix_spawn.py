# expect: refused=clone,fork,vfork,clone3
# proof: stdout
# A second process through posix_spawn, which does not look like fork to a filter.
import os

try:
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 7"], {})
    status = os.waitpid(pid, 0)[1]
    assert os.waitstatus_to_exitcode(status) == 7, "the shell did not run"
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "ran a shell as process", pid)
