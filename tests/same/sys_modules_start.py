# sys.modules at the start
import sys
print(sorted(sys.modules))
