# expect: blocked
# proof: stdout
# Change the interpreter, or what is loaded with it, in place or by a file of the same name.
import os
import sys

try:
    path = os.path.realpath(sys.executable)
    with open(path + ".new", "wb") as f:
        f.write(b"#!/bin/sh\n")
    os.rename(path + ".new", path)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "replaced", path)
