# sys.excepthook itself calls sys.exit
import atexit, sys
atexit.register(print, "atexit")
sys.excepthook = lambda *a: sys.exit(6)
raise ValueError("v")
