# a handler that a thread registers is called by the main thread; the thread is joined first
import atexit, threading
main = threading.get_ident()
def handler(): print("main thread:", threading.get_ident() == main, threading.main_thread().is_alive(), threading.active_count())
def body():
    import time
    time.sleep(0.1)
    atexit.register(handler)
    print("registered")
threading.Thread(target=body).start()
