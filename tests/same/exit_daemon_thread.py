# a daemon thread does not keep the program alive
import threading, time
def forever():
    while True:
        time.sleep(30)
threading.Thread(target=forever, daemon=True).start()
print("main done")
