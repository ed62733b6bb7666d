# the traceback of endless recursion is folded, and the count is that of the bare interpreter
def f(n):
    return f(n + 1)
f(0)
