# expect: refused=sethostname
# proof: stdout
# Rename the machine.
import socket

try:
    socket.sethostname("hostile")
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "this is", socket.gethostname())
