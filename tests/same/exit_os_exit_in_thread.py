# os._exit in a thread ends the whole program with that code
import os, threading, time
def body():
    os.write(1, b"bye\n")
    os._exit(11)
threading.Thread(target=body).start()
time.sleep(30)
