# sys.unraisablehook gets what __del__ raised
import sys
def hook(u):
    print(u.exc_type.__name__, u.exc_value, u.err_msg, getattr(u.object, "__name__", None))
sys.unraisablehook = hook
class C:
    def __del__(self): raise RuntimeError("dying")
c = C()
del c
print("goes on")
