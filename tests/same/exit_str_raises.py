# the exit code's __str__ raises
import sys
class Bad:
    def __str__(self): raise ValueError("no")
sys.exit(Bad())
