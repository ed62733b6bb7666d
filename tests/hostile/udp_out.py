# expect: blocked
# proof: stdout
# A datagram to a port of the machine, network off.
import socket

try:
    PORT = 8194
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    assert s.sendto(b"hello", ("127.0.0.1", PORT)) == 5
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "a datagram left")
