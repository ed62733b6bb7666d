# an uncaught exception in a thread is printed with the thread's name; the program's exit code is 0
import threading
def work():
    raise ValueError("in the thread")
t = threading.Thread(target=work, name="worker")
t.start()
t.join()
print("main goes on", t.is_alive())
