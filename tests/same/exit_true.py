# True is an integer: sys.exit(True) is 1 with an empty stderr
import sys
sys.exit(True)
