# an exit code that is no integer is printed to stderr, and the code is 1
import sys
sys.exit(2.5)
