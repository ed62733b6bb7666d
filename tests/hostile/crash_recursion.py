# expect: blocked
# proof: signal
# The stack runs over.
import sys

sys.setrecursionlimit(1 << 30)


class Deep:
    def __getattr__(self, name):
        return getattr(self, name + "x") if len(name) < 2 else repr(self)

    def __repr__(self):
        return str(list(map(repr, [self])))


print(repr(Deep()))
