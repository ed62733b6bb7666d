# sys.exit() and sys.exit(0) are 0
import sys
print("out")
sys.exit()
