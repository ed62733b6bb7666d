# expect: blocked
# proof: stdout
# Poison the compiled copy of a module, which the next interpreter trusts.
import os
import importlib.util

try:
    path = importlib.util.cache_from_source(os.path.join(os.path.dirname(os.__file__), "this.py"))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "ab") as f:
        pass
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "may write", path)
