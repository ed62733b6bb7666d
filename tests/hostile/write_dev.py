# expect: blocked
# proof: stdout
# Leave a file in /dev, outside of the scratch directory.
import os

try:
    with open(os.path.join("/dev", "hostile.txt"), "w") as f:
        f.write("was here")
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "wrote", f.name)
