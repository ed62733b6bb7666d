# expect: blocked
# proof: pair
# State in the interpreter: a warm one must not carry it into the next run. Looks for what the
# plant, just before it on this slot, has left.
import builtins
import os
import pathlib
import sys

mask = os.umask(0o22)
found = [name for name, there in {
    "builtins": hasattr(builtins, "kq7"), "sys": hasattr(sys, "kq7"), "environ": "KQ7" in os.environ,
    "path": "/kq7" in sys.path, "umask": mask == 0, "home": (pathlib.Path.home() / ".kq7").exists(),
}.items() if there]
if found:
    print("ESCAPED: the run before is still in", found)
    raise SystemExit
print("held: a fresh interpreter")
