# expect: blocked
# proof: pair
# State in the interpreter: a warm one must not carry it into the next run. Leaves it; the check
# follows on the same slot.
import atexit
import builtins
import os
import pathlib
import sys

builtins.kq7 = sys.kq7 = True
os.environ["KQ7"] = "1"
os.umask(0)
sys.path.insert(0, "/kq7")
atexit.register(lambda: None)
for where in (pathlib.Path.home(), pathlib.Path(".")):
    try:
        (where / ".kq7").write_text("1")        # outside of the jail, the state that a process can leave
    except OSError:
        pass
print("held: planted")
