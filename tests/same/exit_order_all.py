# at the end: the last line, threads that are no daemons, executors, then atexit and finalizers in reverse order, then __del__
import atexit, threading, time, weakref
from concurrent.futures import ThreadPoolExecutor
class Held:
    def __del__(self): print("held is gone")
class C: pass
held, c = Held(), C()
atexit.register(print, "atexit first registered, last called")
weakref.finalize(c, print, "finalizer")
atexit.register(print, "atexit last registered")
pool = ThreadPoolExecutor(1)
pool.submit(lambda: (time.sleep(0.1), print("in the pool")))
threading.Timer(0.3, print, ("in a timer",)).start()
threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
print("last line")
