# classes and functions of the program are found by name in __main__: pickle, copy, typing, dataclasses, enum
import copy, dataclasses, enum, inspect, pickle, sys, typing
@dataclasses.dataclass
class P:
    x: "int"
    next: "P | None" = None
class E(enum.Enum): A = 1
def f(p: "P") -> "E": ...
N = typing.NamedTuple("N", [("a", int)])
for o in (P(1, P(2)), E.A, f, P, N(3)):
    print(pickle.loads(pickle.dumps(o)) == o, copy.deepcopy(o) == o, type(o).__module__)
print(pickle.dumps(P)[2:], typing.get_type_hints(P), typing.get_type_hints(f))
print(N.__module__, sys.modules[P.__module__].P is P, inspect.getmodule(P))
