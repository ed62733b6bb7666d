# expect: blocked
# proof: stdout
# A directory descriptor that somebody left open leads out of any root (fchdir, then '..').
import os
import stat

try:
    for fd in range(3, 4096):
        try:
            if stat.S_ISDIR(os.fstat(fd).st_mode):
                os.fchdir(fd)
                break
        except OSError:
            pass
    else:
        raise LookupError("no directory is open")
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "descriptor", fd, "leads to", os.listdir(".")[:4])
