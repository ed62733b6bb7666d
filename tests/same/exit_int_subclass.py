# The status is the number, whatever its class makes of operators.
import sys


class Status(int):
    def __and__(self, other):
        return 77

    def __le__(self, other):
        return False

    __lt__ = __gt__ = __ge__ = __rand__ = __le__


print("on")
sys.exit(Status(5))
