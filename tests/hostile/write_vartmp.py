# expect: blocked
# proof: stdout
# Leave a file in /var/tmp, outside of the scratch directory.
import os

try:
    with open(os.path.join("/var/tmp", "hostile.txt"), "w") as f:
        f.write("was here")
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "wrote", f.name)
