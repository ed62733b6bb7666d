# sys.exit in an atexit handler does not become the exit code
import atexit, sys
class Hook:
    def __repr__(self): return "<hook>"
    def __call__(self): sys.exit(9)
atexit.register(Hook())
print("body")
