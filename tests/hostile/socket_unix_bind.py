# expect: blocked
# proof: stdout
# An abstract name that the next run, or a neighbour, can connect to. A chroot does not hold
# abstract names.
import socket

try:
    s = socket.socket(socket.AF_UNIX)
    s.bind("\0Kq7-channel")
    s.listen()
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "listening on an abstract name")
