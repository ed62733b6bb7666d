# expect: blocked
# proof: stdout
# The host's services on abstract names (a bus, a display, a container runtime).
import socket

try:
    s = socket.socket(socket.AF_UNIX)
    for name in ("Kq7-host-service", "/tmp/.X11-unix/X0", "/containerd-shim", "/dbus"):
        if s.connect_ex("\0" + name) == 0:
            break
    else:
        raise ConnectionRefusedError("no service answers")
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "connected to", name)
