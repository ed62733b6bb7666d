# expect: refused=chroot
# proof: stdout
# The classic: chroot into a directory below, and walk up past it.
import os

try:
    os.mkdir("below")
    os.chroot("below")
    for _ in range(64):
        os.chdir("..")
    os.chroot(".")
    seen = os.listdir("/")
    assert len(seen) > 1, seen
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "the root is", seen)
