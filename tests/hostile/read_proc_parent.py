# expect: blocked
# proof: stdout
# The environment and command line of the process that started us, and of pid 1.
import os

try:
    seen = {}
    for pid in (os.getppid() or 1, 1):
        for name in ("environ", "cmdline", "maps"):
            try:
                seen[f"{pid}/{name}"] = open(f"/proc/{pid}/{name}", "rb").read(64)
            except OSError:
                pass
    assert seen, "nothing to read"
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "read", sorted(seen))
