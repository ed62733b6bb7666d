# an uncaught exception three calls deep: the traceback names the program's own lines and nothing else
def outer(x):
    return middle(x)
def middle(x):
    return [inner(v) for v in x]
def inner(v):
    return 10 / v
print("before")
outer([1, 0])
