# expect: refused=sendmsg
# proof: stdout
# with: network
# TCP Fast Open by sendmsg, which never calls connect either.
import socket

try:
    PORT = 8194
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.sendmsg([b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"], [], 0x20000000, ("127.0.0.1", PORT))
    said = s.recv(100)
    assert said.startswith(b"HTTP/1"), said
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "the server said", said[:20])
