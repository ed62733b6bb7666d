# __del__ that raises while the interpreter ends is said on stderr; the exit code stays
import sys
class Del:
    def __repr__(self): return "<the callable>"
    def __call__(self, *args): raise ValueError("at the end")
class C:
    __del__ = Del()
c = C()
print("last line")
sys.exit(4)
