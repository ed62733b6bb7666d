# the environment holds PATH, HOME, TMPDIR and LANG, can be changed, and keeps no secret
import os
print([k for k in ("PATH", "HOME", "TMPDIR", "LANG") if os.environ.get(k)], os.environ["LANG"])
os.environ["MINE"] = "ü=1"
print(os.getenv("MINE"), os.environb[b"MINE"], os.path.expandvars("<$MINE>"), os.environ.pop("MINE"), os.getenv("MINE"))
print([k for k in os.environ if "KEY" in k or "PRELOAD" in k or "SANDBOX" in k or k.startswith("PYTHON")])
try:
    os.environ["NOT_SET"]
except KeyError as e:
    print("KeyError", e)
