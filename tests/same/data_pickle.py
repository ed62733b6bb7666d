# pickle, copy, marshal, shelve and dbm with the program's own classes
import copy, dbm.dumb, marshal, pickle, shelve
class P:
    def __init__(self, x): self.x = x
    def __eq__(self, o): return self.x == o.x
    def __reduce_ex__(self, v): return (P, (self.x,))
def f(): return 1
for v in range(pickle.HIGHEST_PROTOCOL + 1): print(v, pickle.loads(pickle.dumps([P({1: "ü"}), f], v)) == [P({1: "ü"}), f])
print(b"__main__" in pickle.dumps(f), copy.deepcopy(P([1])).x, marshal.loads(marshal.dumps((1, "a", b"b"))))
with shelve.open("s") as s:
    s["k"] = P((1, 2))
    s["l"] = [1, 2]
with shelve.open("s") as s: print(sorted(s), s["k"].x, s["l"])
with dbm.dumb.open("d", "c") as d: d["a"] = "1"
print(dict(dbm.dumb.open("d", "r")))
try:
    pickle.dumps(lambda: 0)
except (pickle.PicklingError, AttributeError) as e:
    print(type(e).__name__)
class Local(P): pass
print(pickle.loads(pickle.dumps(Local)) is Local)
