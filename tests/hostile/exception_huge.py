# expect: error="output limit exceeded"
# proof: stdout
# An uncaught exception whose text is over the limit.
import atexit

atexit.register(print, "ESCAPED: the traceback went out")
raise ValueError("x" * (20 << 20))
