# sys.modules["__main__"] is the program's own module
import sys, types
answer = 42
m = sys.modules["__main__"]
print(isinstance(m, types.ModuleType), m.__name__, m.answer, m.__dict__ is globals())
import __main__
print(__main__ is m, hasattr(__main__, "__file__"))
class C: pass
def f(): pass
print(C.__module__, f.__module__, C.__qualname__, repr(C))
print(vars(m).get("json"), "base64" in globals(), "runtime" in globals())
