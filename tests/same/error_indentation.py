# an IndentationError names the line
def f():
print("x")
