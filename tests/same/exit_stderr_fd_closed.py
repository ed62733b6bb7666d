# descriptor 2 is closed: an uncaught exception is silent, stdout and the code are kept
import os
print("kept")
os.close(2)
raise ValueError("silent")
