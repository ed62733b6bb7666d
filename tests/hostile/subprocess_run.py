# expect: refused=clone,fork,vfork,clone3
# proof: stdout
# What every hostile snippet tries first.
import subprocess

try:
    said = subprocess.run(["/bin/sh", "-c", "echo out"], stdout=subprocess.PIPE).stdout
    assert said == b"out\n", said
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "a shell said", said)
