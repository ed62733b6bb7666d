# expect: blocked
# proof: pair
# Symbolic links to themselves, to each other, to the root and to /etc: who follows them deletes the
# wrong thing. Leaves it; the check follows on the same slot.
import os

os.symlink("self", "self")
os.symlink("b", "a")
os.symlink("a", "b")
os.symlink("/", "root")
os.symlink("/etc", "etc")
os.symlink(".", "here")
os.mkdir("d")
os.symlink("..", "d/up")
os.link("self", "hard", follow_symlinks=False)
print("held: planted")
