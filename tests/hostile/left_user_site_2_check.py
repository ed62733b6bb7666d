# expect: blocked
# proof: pair
# Start-up code in HOME: the next interpreter imports it before its program. Looks for what the
# plant, just before it on this slot, has left.
import builtins

if hasattr(builtins, "kq7"):
    print("ESCAPED: code of the run before has run in this one")
    raise SystemExit
print("held: nothing started before us")
