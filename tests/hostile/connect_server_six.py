# expect: blocked
# proof: stdout
# with: network
# The server's port by its IPv6 and its mapped names, and by 0.0.0.0.
import socket

try:
    PORT = 8194
    for host in ("::1", "::ffff:127.0.0.1", "0.0.0.0", "127.1.2.3", "::"):
        try:
            s = socket.create_connection((host, PORT), timeout=1)
            s.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            if not s.recv(100).startswith(b"HTTP/1"):
                raise OSError("no answer")
            break
        except OSError as e:
            last = e
    else:
        raise last
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "an answer by", host)
