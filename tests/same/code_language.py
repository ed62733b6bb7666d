# the language itself: comprehensions, closures, generators, walrus, unpacking, metaclasses, and match where there is one
import sys
a, *b, c = range(5)
print(a, b, c, {**{"x": 1}, "y": 2}, [y for x in range(4) if (y := x * 2) > 2])
def counter():
    n = 0
    def inc():
        nonlocal n
        n += 1
        return n
    return inc
i = counter()
print(i(), i(), [f() for f in [lambda k=k: k for k in range(3)]])
def g():
    try:
        got = yield 1
        print("got", got)
        yield from (2, 3)
    except ValueError as e:
        yield "caught %s" % e
    return "end"
x = g()
print(next(x), x.send("s"), x.throw(ValueError("v")), next(x, "stop"))
class Meta(type):
    def __new__(m, n, b, d, **k): return super().__new__(m, n, b, {**d, "made": k})
class A(metaclass=Meta, opt=1):
    def __init_subclass__(cls, **k): print("subclass", cls.__name__, k)
    def __getattr__(self, n): return "dyn " + n
    def __class_getitem__(cls, k): return k
class B(A, extra=2): pass
print(A.made, B().foo, A["k"])
if sys.version_info >= (3, 10):
    exec("match {'k': [1, 2, 3]}:\n    case {'k': [1, *rest]} if rest: print('matched', rest)\n    case _: print('no')")
