# gc and weakref: cycles are collected, callbacks run, thresholds are the interpreter's own
import gc, weakref
class N: pass
a, b = N(), N()
a.o, b.o = b, a
gone = []
r = weakref.ref(a, lambda _: gone.append("a"))
del a, b
print(gc.isenabled(), gc.get_threshold(), r() is None)
print(gc.collect() >= 2, gone, r() is None, gc.garbage, gc.get_debug())
d = weakref.WeakValueDictionary()
x = d["x"] = N()
print(len(d))
del x
gc.disable()
print(len(d), gc.isenabled(), gc.is_tracked([]), gc.is_tracked(1))
