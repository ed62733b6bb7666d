# expect: error=timeout
# proof: stdout
# The main thread leaves by the exit call of a thread: the process is a zombie that runs.
import ctypes
import os
import threading
import time

def stay():
    time.sleep(7)
    os.write(1, b"ESCAPED: older than the limit\n")
    os._exit(0)


threading.Thread(target=stay).start()
ctypes.CDLL(None).syscall(ctypes.c_long({"x86_64": 60, "aarch64": 93}[os.uname().machine]), ctypes.c_long(0))
