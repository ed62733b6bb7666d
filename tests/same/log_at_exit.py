# logging.shutdown runs at the end: a memory handler gives out what it holds, after the program's own handlers
import atexit, logging, logging.handlers, sys
stream = logging.StreamHandler(sys.stdout)
stream.setFormatter(logging.Formatter("%(levelname)s %(name)s %(threadName)s %(processName)s %(message)s"))
logging.root.addHandler(logging.handlers.MemoryHandler(100, target=stream))
logging.warning("held")
atexit.register(logging.error, "in atexit")
print("last line")
