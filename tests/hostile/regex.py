# expect: error=timeout
# proof: stdout
# A regular expression that takes for ever, in one call.
import os
import re
import signal

def late(*_):
    os.write(1, b"ESCAPED: older than the limit\n")
    os._exit(0)


signal.signal(signal.SIGALRM, late)
signal.alarm(7)
re.match(r"(a+)+$", "a" * 60 + "b")
