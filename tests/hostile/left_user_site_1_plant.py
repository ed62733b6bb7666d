# expect: blocked
# proof: pair
# Start-up code in HOME: the next interpreter imports it before its program. Leaves it; the check
# follows on the same slot.
import os
import site

d = site.getusersitepackages()
try:
    os.makedirs(d, exist_ok=True)
    with open(os.path.join(d, "usercustomize.py"), "w") as f:
        f.write("import builtins\nbuiltins.kq7 = True\n")
except OSError as e:
    print("no:", e)
print("held: planted")
