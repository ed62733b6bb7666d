# sys.stdout is a wrapper of one's own over descriptor 1 at the end: it is flushed; so is the one that was there
import io, os, sys
print("old, not flushed")
sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(os.dup(1), "w")), encoding="utf-16-le")
print("new")
sys.stdout.flush()
sys.stdout.buffer.write(b"at the end\n")
