# sys.exit in a thread ends that thread only, silently
import sys, threading
t = threading.Thread(target=lambda: sys.exit(9))
t.start()
t.join()
print("main goes on")
