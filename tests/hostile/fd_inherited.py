# expect: blocked
# proof: stdout
# Descriptors that the program did not open: files, sockets and pipes of the server's.
import os
import stat

try:
    found = {}
    for fd in range(3, 4096):
        try:
            mode = os.fstat(fd).st_mode
        except OSError:
            continue
        if stat.S_ISREG(mode) and os.pread(fd, 9, 0) == b"# expect:":
            continue                                # a bare python3 reads its program through one
        found[fd] = stat.filemode(mode)
    assert found, "only 0, 1 and 2"
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "inherited", found)
