# sys.exit(7) is 7 and stderr is empty
import sys
print("out")
sys.exit(7)
