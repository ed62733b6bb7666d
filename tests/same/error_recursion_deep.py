# the depth a program reaches is that of the bare interpreter, and setrecursionlimit raises it
import sys
depth = 0
def f():
    global depth
    depth += 1
    f()
try:
    f()
except RecursionError:
    pass
print(depth)
sys.setrecursionlimit(5000)
def down(n): return 0 if n == 0 else 1 + down(n - 1)
print(down(4000))
