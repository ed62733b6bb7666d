# expect: blocked
# proof: stdout
# with: network
# A raw socket forges packets.
import socket

try:
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "a raw socket")
