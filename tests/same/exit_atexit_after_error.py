# atexit handlers run after an uncaught exception and after its traceback
import atexit, sys
atexit.register(lambda: print("handler", file=sys.stderr))
def f():
    return 1 / 0
f()
