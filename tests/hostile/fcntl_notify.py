# expect: refused=fcntl
# proof: stdout
# Listen: be told by a signal of what happens in a directory that other runs share, as a channel between
# them or to watch them.
import fcntl
import os
import signal
import time

try:
    told = []
    signal.signal(signal.SIGIO, lambda *args: told.append(1))
    for path in ("/usr", "."):
        fcntl.fcntl(os.open(path, os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_ACCESS | fcntl.DN_CREATE | fcntl.DN_MULTISHOT)
    open("seen", "w").close()
    time.sleep(0.2)
    assert told, "nothing was told"
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "told of a new file")
