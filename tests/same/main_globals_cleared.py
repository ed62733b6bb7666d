# a program that empties its globals, sys.modules and __main__ ends well
import atexit, sys
atexit.register(sys.stdout.write, "atexit\n")
print("before")
sys.modules.clear()
globals().clear()
