# sys.modules["__main__"] is replaced; an error afterwards is reported as usual
import sys, types
sys.modules["__main__"] = types.ModuleType("__main__")
sys.exit = None
def f(): return missing
f()
