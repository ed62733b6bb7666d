# an exception in an atexit handler is reported and does not change the exit code; the others still run
import atexit
class Hook:
    def __repr__(self): return "<hook>"
    def __call__(self): raise ValueError("in the handler")
atexit.register(print, "still runs")
atexit.register(Hook())
print("body")
