# threads that end by sys.exit and by an exception leave the exit code 0; SystemExit of the main thread waits for them
import sys, threading, time
def quiet():
    time.sleep(0.05)
    sys.exit(9)
def loud():
    time.sleep(0.15)
    raise KeyError("in a thread")
threading.Thread(target=quiet).start()
threading.Thread(target=loud).start()
sys.exit()
