# a handler may register and unregister others, start a thread and join it, and each runs once
import atexit, threading
def late(): print("late")
def never(): print("never")
@atexit.register
def first(): print("first", atexit._ncallbacks())
@atexit.register
def second():
    atexit.register(late)
    atexit.unregister(never)
    t = threading.Thread(target=print, args=("a thread",))
    try:
        t.start(); t.join()
    except RuntimeError as e:
        print(e)
atexit.register(never)
atexit.register(second)
print(atexit._ncallbacks())
