# descriptor 1 is closed below a buffer that holds text: said on stderr, exit code 120
import os
print("lost")
os.close(1)
