# expect: refused=socket
# proof: stdout
# Drivers loaded on demand.
import socket

try:
    socket.socket(31, socket.SOCK_RAW, 1)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "a socket of family 31")
