# globals() in its order, before and after a name is added; vars, dir and locals agree; the loader and the spec
print(list(globals()))
x = 1
print(list(globals())[-1], vars() is globals(), dir() == sorted(globals()), locals() is globals())
import __main__, sys
print(vars(__main__) is globals(), sys.modules["__main__"] is __main__, __main__.x, __main__, __builtins__.__name__)
print(__name__, __doc__, __package__, __spec__, __loader__.__name__, getattr(__main__, "__file__", None), getattr(__main__, "__cached__", None))
