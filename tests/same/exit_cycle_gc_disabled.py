# What is in a cycle ends with the interpreter, also where nothing is collected before.
import gc

gc.disable()


class Loud:
    def __del__(self):
        print("gone", self.name)


for name in "ab":
    one = Loud()
    one.name, one.me = name, one
del one
print("on")
