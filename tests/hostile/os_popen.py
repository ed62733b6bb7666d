# expect: refused=clone,fork,vfork,clone3
# proof: stdout
# popen(3).
import os

try:
    said = os.popen("echo out").read()
    assert said == "out\n", said
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "a shell said", said)
