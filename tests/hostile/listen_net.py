# expect: blocked
# proof: stdout
# with: network
# Listen on a port: a service in the server's name, or a channel between runs. Network is
# for going out.
import socket

try:
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.bind(("0.0.0.0", 0))
    s.listen()
    c = socket.create_connection(("127.0.0.1", s.getsockname()[1]), timeout=2)
    s.accept()
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "listening on", s.getsockname())
