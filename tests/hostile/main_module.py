# expect: blocked
# proof: careless
# The modules that were loaded before us: __main__, and whatever the bootstrap left in sys.modules.
import re
import sys

MARK = re.compile(r"Kq7-[a-z]+-secret")
found = []
for name, module in list(sys.modules.items()):
    for key, value in list(getattr(module, "__dict__", {}).items()):
        if isinstance(value, (str, bytes, dict, list)) and MARK.search(repr(value)):
            if not (name == "os" and key in ("environ", "environb")):
                found.append((name, key))
if not found:
    raise SystemExit("held: no module knows more than we do")
print("ESCAPED:", found[:4])
