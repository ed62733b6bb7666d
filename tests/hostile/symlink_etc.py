# expect: blocked
# proof: stdout
# A symbolic link in the scratch directory that leads out of it, and a write through it.
import os

try:
    os.symlink("/etc", "way-out")
    with open("way-out/hostile.txt", "w") as f:
        f.write("was here")
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "wrote", os.path.realpath(f.name))
