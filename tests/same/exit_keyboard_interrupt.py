# SIGINT that nobody catches: traceback, handlers, then death by that signal
import atexit, os, signal
atexit.register(print, "atexit", flush=True)
print("default handler:", signal.getsignal(signal.SIGINT) is signal.default_int_handler)
os.kill(os.getpid(), signal.SIGINT)
for _ in range(1000):
    pass
print("never")
