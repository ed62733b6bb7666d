# inspect: signatures, members, classification and frames of the program's own code
import inspect, asyncio, dis, io
def f(a, b: int = 2, *args, c, d="x", **kw) -> str:
    "Doc of f."
class A:
    x = 1
    @staticmethod
    def s(): pass
    @property
    def p(self): return 1
class B(A): pass
async def co(): pass
def gen(): yield
print(inspect.signature(f), inspect.getdoc(f), inspect.getmro(B)[1].__name__, [n for n, _ in inspect.getmembers(A) if not n.startswith("_")])
print(inspect.iscoroutinefunction(co), inspect.isgeneratorfunction(gen), inspect.getmodule(f).__name__, inspect.isclass(A))
print(inspect.signature(f).bind(1, c=3).arguments["c"], inspect.getcallargs(lambda q: q, 5), inspect.currentframe().f_lineno)
out = io.StringIO()
dis.dis(compile("x = 1", "f", "exec"), file=out)
print("STORE_NAME" in out.getvalue(), f.__code__.co_varnames, f.__code__.co_argcount)
