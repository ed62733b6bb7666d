# expect: error=timeout
# proof: stdout
# The main thread ends; another one does not.
import threading
import time

def stay():
    time.sleep(7)
    print("ESCAPED: older than the limit")


threading.Thread(target=stay).start()
