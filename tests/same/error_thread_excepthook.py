# threading.excepthook is called with the exception and the thread
import threading
def hook(args):
    print(args.exc_type.__name__, args.exc_value, args.thread.name, args.exc_traceback.tb_next is not None)
threading.excepthook = hook
t = threading.Thread(target=lambda: [][1], name="t9")
t.start()
t.join()
