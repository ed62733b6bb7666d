# The program's own damage to sys is its own affair; its status stays.
import sys

print("on")
sys.exc_info = None
sys.exit(4)
