# expect: blocked
# proof: pair
# Files and directories with set-id and sticky bits and strange modes. Leaves it; the check follows
# on the same slot.
import os

for n, mode in enumerate((0o4755, 0o2755, 0o1777, 0o7777, 0o6000)):
    open(f"f{n}", "w").close()
    os.chmod(f"f{n}", mode)
    os.mkdir(f"d{n}")
    open(f"d{n}/f", "w").close()
    os.chmod(f"d{n}", mode)
print("held: planted")
