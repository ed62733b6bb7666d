# expect: error=timeout
# proof: stdout
# A trace function turns every line into a slow one, the bootstrap's too.
import sys
import time

def trace(frame, event, arg):
    time.sleep(0.05)
    return trace


sys.settrace(trace)


def work(n=0):
    for n in range(80):
        n += 1
    print("ESCAPED: older than the limit")


work()
