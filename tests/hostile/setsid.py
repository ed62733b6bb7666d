# expect: blocked
# proof: stdout
# Leave the session, and with it whoever kills by session or group. A run leads its own
# already.
import os

try:
    os.setsid()
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "in a session of our own")
