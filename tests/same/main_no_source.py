# the program's source is in no file: inspect and linecache find none; tracebacks show lines without text
import inspect, linecache, traceback
def f(): 1 / 0
for g in (inspect.getsource, inspect.getsourcelines, inspect.getsourcefile):
    try:
        print(g(f))
    except (OSError, TypeError) as e:
        print(type(e).__name__, e)
print(repr(linecache.getline(f.__code__.co_filename, 3)), [k for k in linecache.cache if k.startswith("<")])
try:
    f()
except ZeroDivisionError:
    print(traceback.format_exc())
