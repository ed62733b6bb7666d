# expect: refused=chroot
# proof: stdout
# The other classic: keep a descriptor on a directory outside of the new root, and fchdir to
# it.
import os

try:
    home = os.open(".", os.O_RDONLY)
    os.mkdir("cage")
    os.chroot("cage")
    os.fchdir(home)
    while os.stat(".").st_ino != os.stat("..").st_ino:
        os.chdir("..")
    os.chroot(".")
    seen = os.listdir("/")
    assert len(seen) > 1, seen
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "the root is", seen)
