# expect: refused=memfd_create,execve,execveat
# proof: stdout
# Execute a program that never was a file: memfd_create and fexecve.
import os

try:
    fd = os.memfd_create("hostile", 0)
    os.write(fd, b"#!/bin/sh\necho ESCAPED: a script without a file\n")
    os.execve(fd, ["hostile"], {"PATH": "/bin"})
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "unreachable")
