# expect: blocked
# proof: stdout
# Descriptors 0 to 2 should be pipes or /dev/null: a socket or a terminal there can be used
# both ways.
import os
import stat

try:
    found = {}
    for fd in range(0, 3):
        mode = os.fstat(fd).st_mode
        if stat.S_ISSOCK(mode) or os.isatty(fd) or (stat.S_ISREG(mode) and os.access(f"/proc/self/fd/{fd}", os.W_OK)):
            found[fd] = stat.filemode(mode)
    assert found, "pipes"
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "more than pipes:", found)
