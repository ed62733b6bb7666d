# os._exit in a handler ends the program at once: no other handler, no flush
import atexit, os, sys
atexit.register(print, "never")
atexit.register(os._exit, 9)
sys.stdout.write("lost")
sys.stderr.write("kept\n")
