# expect: refused=setsockopt
# proof: stdout
# Memory that no limit of a process counts: socket buffers made large, filled, and never read.
import socket

try:
    held = 0
    for _ in range(8):
        pair = socket.socketpair()
        pair[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 24)
        pair[0].setblocking(False)
        while True:
            try:
                held += pair[0].send(bytes(1 << 16))
            except BlockingIOError:
                break
        globals().setdefault("pairs", []).append(pair)
    if held < 2 << 20:
        raise SystemExit(f"held: {held} bytes")
except OSError as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", held, "bytes in sockets")
