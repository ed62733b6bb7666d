# atexit handlers run last in, first out, after the last line, with their arguments
import atexit
@atexit.register
def first():
    print("registered first, runs last")
atexit.register(print, "registered second", "with", "arguments", sep="-")
def gone(): print("unregistered")
atexit.register(gone)
atexit.unregister(gone)
print("last line")
