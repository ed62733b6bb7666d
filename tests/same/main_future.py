# from __future__ is accepted at the top and works; nothing leaks into programs without it
from __future__ import annotations, division
def f(a: NotDefinedAnywhere) -> Neither: return a
print(f.__annotations__, annotations.compiler_flag != 0)
print(eval("1 / 2"))
