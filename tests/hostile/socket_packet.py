# expect: refused=socket
# proof: stdout
# Every frame on the wire.
import socket

try:
    socket.socket(17, socket.SOCK_RAW, 3)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "a socket of family 17")
