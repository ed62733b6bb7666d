# SIGINT can be caught as KeyboardInterrupt, ignored, and set back
import os, signal
def kill():
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(1000):
        pass
try:
    kill()
except KeyboardInterrupt:
    print("caught")
signal.signal(signal.SIGINT, signal.SIG_IGN)
kill()
signal.signal(signal.SIGINT, lambda n, f: print("handler", n, f.f_code.co_name))
kill()
