# the program's source is not to be had by linecache or inspect, as with python3 -c
import inspect, linecache
def f():
    return 1
name = f.__code__.co_filename
print(name, repr(linecache.getline(name, 1)), f.__code__.co_firstlineno)
for get in (inspect.getsource, inspect.getsourcelines):
    try:
        print(get(f))
    except OSError as e:
        print("OSError", e)
