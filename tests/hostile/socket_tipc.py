# expect: refused=socket
# proof: stdout
# A family that nobody uses, with a history of remote holes.
import socket

try:
    socket.socket(30, socket.SOCK_STREAM, 0)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "a socket of family 30")
