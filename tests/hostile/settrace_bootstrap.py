# expect: blocked
# proof: careless
# A trace function on every frame above us: it runs inside the bootstrap once we return, with its variables.
import re
import sys

MARK = re.compile(r"Kq7-[a-z]+-secret")


def trace(frame, event, arg):
    hit = MARK.search(repr(frame.f_locals)[:100_000])
    if hit and frame.f_code.co_filename != __name__:
        sys.settrace(None)
        print("ESCAPED: in", frame.f_code.co_name, hit.group(), flush=True)
    return trace


frame = sys._getframe().f_back
while frame is not None:
    frame.f_trace = trace
    frame = frame.f_back
sys.settrace(trace)
print("held: unless a line follows")
