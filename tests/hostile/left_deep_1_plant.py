# expect: blocked
# proof: pair
# A directory ten thousand levels deep: too long for any path, too deep for a recursive clean-up.
# Leaves it; the check follows on the same slot.
import os

home = os.getcwd()
try:
    for _ in range(10_000):
        os.mkdir("d")
        os.chdir("d")
except OSError as e:
    print("stopped:", e)
os.chdir(home)
print("held: planted")
