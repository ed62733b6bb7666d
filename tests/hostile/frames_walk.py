# expect: blocked
# proof: careless
# Walk up from our own frame into the bootstrap's, and read its variables.
import re
import sys

MARK = re.compile(r"Kq7-[a-z]+-secret")
found = []
frame = sys._getframe()
while frame is not None:
    for scope in (frame.f_locals, frame.f_globals):
        for name, value in list(scope.items()):
            hit = MARK.search(repr(value)[:100_000])
            if hit and frame is not sys._getframe():
                found.append((frame.f_code.co_name, name, hit.group()))
    frame = frame.f_back
if not found:
    raise SystemExit("held: nothing above us")
print("ESCAPED:", found[:3])
