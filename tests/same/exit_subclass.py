# a subclass of SystemExit with a code of its own
class Stop(SystemExit):
    code = property(lambda self: 42)
raise Stop("not this")
