# a program may replace builtins for itself
import builtins
real = builtins.print
builtins.print = lambda *a, **k: real("<", *a, ">", **k)
print("wrapped")
builtins.answer = 42
print(answer)
