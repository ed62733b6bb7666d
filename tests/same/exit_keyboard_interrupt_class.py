# Only KeyboardInterrupt itself ends a program by the signal.
class Interrupt(KeyboardInterrupt):
    pass


print("on")
raise Interrupt("own")
