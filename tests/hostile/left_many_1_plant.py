# expect: blocked
# proof: pair
# Four thousand files in one directory. Leaves it; the check follows on the same slot.
import os

os.mkdir("many")
try:
    for n in range(4000):
        os.close(os.open(f"many/{n}", os.O_CREAT | os.O_WRONLY, 0o600))
except OSError as e:
    print("stopped:", e)
print("held: planted")
