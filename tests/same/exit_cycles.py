# at the end __del__ runs for what a cycle, a default argument, a class and a closure hold
class D:
    def __init__(self, name): self.name = name
    def __del__(self): print("del", self.name)
class Node: pass
def run(a=None): return a
def make():
    kept = D("closure")
    return lambda: kept
node = Node()
node.me, node.d = node, D("cycle")
f = make()
print("last line")
