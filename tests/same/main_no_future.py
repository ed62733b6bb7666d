# without the future import annotations are evaluated, so the sandbox's own flags do not leak in
def f(a: 1 + 1) -> str.upper("x"): return a
print(f.__annotations__)
def g(a: NotDefinedAnywhere): return a
