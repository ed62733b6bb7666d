# 300 KB on stderr arrive whole, with stdout beside them
import sys
for i in range(5000):
    sys.stderr.write("%05d %s\n" % (i, "e" * 53))
    if i % 500 == 0:
        print(i)
