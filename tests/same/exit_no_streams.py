# sys.stdout, sys.stderr and sys.stdin are None or deleted at the end
import sys
print("written")
sys.stdout.flush()
sys.stdout = sys.stdin = None
print("to nobody")
del sys.stderr
