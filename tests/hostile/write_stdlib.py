# expect: blocked
# proof: stdout
# Change a module that every later run imports.
import os

try:
    with open(os.path.join(os.path.dirname(os.__file__), "sitecustomize.py"), "w") as f:
        f.write("hostile = True")
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "wrote", f.name)
