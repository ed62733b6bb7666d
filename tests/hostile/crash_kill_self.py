# expect: blocked
# proof: signal
# End by every signal that forges another ending: SIGSYS looks like the filter's work.
import os
import signal

signal.signal(signal.SIGSYS, signal.SIG_DFL)
os.kill(os.getpid(), signal.SIGSYS)
