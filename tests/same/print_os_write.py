# os.write to 1 and 2 works and overtakes what print still buffers
import os
print("buffered")
n = os.write(1, b"direct\n")
m = os.write(2, b"direct err\n")
print(n, m)
