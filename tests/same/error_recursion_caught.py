# endless recursion is a RecursionError that can be caught, again and again
import sys
def f(n): return f(n + 1)
for _ in range(3):
    try:
        f(0)
    except RecursionError as e:
        print(str(e)[:32])
print(sys.getrecursionlimit())
