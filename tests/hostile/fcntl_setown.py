# expect: refused=fcntl
# proof: stdout
# A signal without kill: make the parent the owner of a pipe's SIGIO, choose SIGKILL as that
# signal, write.
import fcntl
import os
import signal
import time

try:
    parent = os.getppid()
    r, wr = os.pipe()
    fcntl.fcntl(r, fcntl.F_SETOWN, parent or 1)     # 0: it is outside of this pid namespace
    fcntl.fcntl(r, 10, signal.SIGKILL)              # F_SETSIG
    fcntl.fcntl(r, fcntl.F_SETFL, os.O_ASYNC)
    os.write(wr, b"x")
    time.sleep(0.3)
    assert os.getppid() != parent, "the parent lives"
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "the parent is dead")
