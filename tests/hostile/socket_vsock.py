# expect: refused=socket
# proof: stdout
# The way from a guest to its hypervisor, past every network rule.
import socket

try:
    socket.socket(40, socket.SOCK_STREAM, 0)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "a socket of family 40")
