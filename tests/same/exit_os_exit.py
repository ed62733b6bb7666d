# os._exit skips buffers, handlers and finally: only what was flushed is seen
import atexit, os
atexit.register(print, "not reached")
print("flushed", flush=True)
print("lost")
try:
    os._exit(6)
finally:
    print("not reached")
