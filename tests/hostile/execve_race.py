# expect: refused=execve
# proof: stdout
# A cold run's one execve is answered by the server: ask again from many threads at once, in
# the hope that one answer is left over.
import os
import threading
import time

try:
    def again():
        try:
            os.execv("/bin/sh", ["sh", "-c", "echo ESCAPED: a shell"])
        except OSError:
            pass

    for _ in range(200):
        threads = [threading.Thread(target=again) for _ in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    raise PermissionError("no shell came")
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "unreachable")
