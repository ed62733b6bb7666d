# expect: blocked
# proof: careless
# A signal handler runs on whatever frame is on top, and sees the frames below it: also after our last line.
import re
import signal
import sys

MARK = re.compile(r"Kq7-[a-z]+-secret")


def look(signum, frame):
    while frame is not None:
        hit = MARK.search(repr(frame.f_locals)[:100_000])
        if hit:
            signal.setitimer(signal.ITIMER_REAL, 0)
            print("ESCAPED: found", hit.group(), "in", frame.f_code.co_name, flush=True)
            return
        frame = frame.f_back


signal.signal(signal.SIGALRM, look)
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
for n in range(2_000_000):
    pass
print("held: unless a line came before")
