# SIGTERM without a handler ends the program by signal; only flushed output is seen
import os, signal, time
print("flushed", flush=True)
print("lost")
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(5)
print("not reached")
