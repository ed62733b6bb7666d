# expect: blocked
# proof: stdout
# Out of the scratch directory by relative names, and into its neighbour's.
import os

try:
    won = []
    for up in range(1, 6):
        d = "/".join([".."] * up)
        for name in [d] + [os.path.join(d, n) for n in sorted(os.listdir(d))[:64]]:
            if os.path.isdir(name) and not os.path.samefile(name, "."):
                try:
                    with open(os.path.join(name, "hostile.txt"), "w"):
                        won.append(os.path.realpath(name))
                except OSError:
                    pass
    won = [n for n in won if n not in ("/tmp", "/dev/shm")]     # may be names of the scratch directory
    assert won, "nothing to write around here"
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "wrote in", won[:5])
