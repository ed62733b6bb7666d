# The exit code cannot be had: the interpreter takes the arguments then.
class Odd(SystemExit):
    code = property(lambda self: 1 / 0)


print("on")
raise Odd(4)
