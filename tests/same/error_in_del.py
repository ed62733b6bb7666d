# an exception in __del__ is reported as ignored and the program goes on
class Fails:
    def __repr__(self): return "<fails>"
    def __call__(self): raise ValueError("in del")
class C:
    __del__ = Fails()
c = C()
del c
print("goes on")
