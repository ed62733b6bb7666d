# expect: blocked
# proof: stdout
# Netlink speaks to the kernel's network, audit and device code.
import socket

try:
    socket.socket(16, socket.SOCK_RAW, 0)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "a socket of family 16")
