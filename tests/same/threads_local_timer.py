# threading.local is per thread; Timer fires; a cancelled Timer does not
import threading
data = threading.local()
data.x = "main"
def f(out):
    out.append(hasattr(data, "x"))
    data.x = "thread"
out = []
t = threading.Thread(target=f, args=(out,))
t.start()
t.join()
print(out, data.x)
ev = threading.Event()
threading.Timer(0.05, ev.set).start()
c = threading.Timer(30, print, ["never"])
c.start()
c.cancel()
print(ev.wait(5))
