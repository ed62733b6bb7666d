# expect: refused=socket
# proof: stdout
# The kernel's cryptography: an attack surface that no program here needs.
import socket

try:
    socket.socket(38, socket.SOCK_SEQPACKET, 0)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "a socket of family 38")
