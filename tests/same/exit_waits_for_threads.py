# the program ends only when its non-daemon threads have
import threading, time
def late():
    time.sleep(0.2)
    print("thread done")
threading.Thread(target=late).start()
print("main done")
