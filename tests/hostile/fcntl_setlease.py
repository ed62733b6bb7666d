# expect: refused=fcntl
# proof: stdout
# Hold a lease: whoever opens the file to write waits for us, 45 seconds by default.
import fcntl
import os

try:
    with open("leased", "w"):
        pass
    fd = os.open("leased", os.O_RDONLY)
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    assert fcntl.fcntl(fd, fcntl.F_GETLEASE) == fcntl.F_RDLCK
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "a lease")
