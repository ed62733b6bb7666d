# a sys.stdout whose flush raises: said on stderr, exit code 120
import sys
class Broken:
    def __repr__(self): return "<broken>"
    def write(self, s): pass
    def flush(self): raise OSError("flush fails")
sys.stdout = Broken()
print("swallowed")
