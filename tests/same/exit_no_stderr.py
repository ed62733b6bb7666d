# without sys.stderr a message of sys.exit goes to descriptor 2 or nowhere; the code is 1
import sys
print("out")
sys.stderr = None
sys.exit("message")
