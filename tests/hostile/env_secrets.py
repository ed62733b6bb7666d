# expect: blocked
# proof: stdout
# The server's key, and whatever else its operator keeps in the environment.
import os

try:
    found = {k: v for k, v in os.environ.items() if k in ("API_KEY", "AWS_SECRET_ACCESS_KEY") or v.startswith("Kq7-")}
    try:
        blob = open("/proc/self/environ", "rb").read()
        found.update({b.split(b"=")[0]: b for b in blob.split(b"\0") if b"Kq7-" in b or b.startswith(b"API_KEY=")})
    except OSError:
        pass
    assert found, "nothing but " + " ".join(sorted(os.environ))
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "the environment held", found)
