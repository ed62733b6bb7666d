# closing sys.stdout flushes it; a later print is a ValueError on stderr
import sys
print("kept")
sys.stdout.close()
print("refused")
