# __del__ of an object that a global still holds runs when the program ends
class Resource:
    def __init__(self, name): self.name = name
    def __del__(self): print("closed", self.name)
a = Resource("a")
Resource("at once")
print("last line")
