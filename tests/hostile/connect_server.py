# expect: blocked
# proof: stdout
# Ask the sandbox's own API for another run, with the key that everybody knows.
import socket

try:
    PORT = 8194
    s = socket.create_connection(("127.0.0.1", PORT), timeout=2)
    s.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    said = s.recv(100)
    assert said.startswith(b"HTTP/1"), said
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "the server said", said[:20])
