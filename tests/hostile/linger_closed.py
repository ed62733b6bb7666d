# expect: error=timeout
# proof: file
# Both pipes at EOF, and the process still there: who waits for EOF believes that it has ended. It leaves a mark
# in the file ESCAPED if it lives.
import os
import time

os.close(1)
os.close(2)
time.sleep(7)
os.close(os.open("ESCAPED", os.O_CREAT | os.O_WRONLY, 0o600))
os._exit(0)
