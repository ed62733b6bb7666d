# threads, sys.excepthook, atexit: in this order after an uncaught exception; sys.last_value is set only by the default hook
import atexit, sys, threading, time
def hook(kind, value, tb):
    print("hook", kind.__name__, value, tb.tb_lineno, tb.tb_next, hasattr(sys, "last_type"), sys.exc_info())
    sys.__excepthook__(kind, value, tb)
    print(hasattr(sys, "last_value"))
sys.excepthook = hook
atexit.register(lambda: print("atexit", sys.exc_info()))
threading.Thread(target=lambda: (time.sleep(0.1), print("thread"))).start()
raise ValueError("v")
