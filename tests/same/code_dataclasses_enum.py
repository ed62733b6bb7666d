# dataclasses, enum, NamedTuple, Protocol, ABC, generics and slots
import abc, dataclasses, enum, typing
@dataclasses.dataclass(order=True, frozen=True)
class P:
    x: int
    y: float = 0.5
    tags: typing.List[str] = dataclasses.field(default_factory=list, compare=False)
print(P(1), P(1) < P(2), dataclasses.asdict(P(3, tags=["a"])), dataclasses.replace(P(1), x=9), hash(P(1)) == hash(P(1)))
try:
    P(1).x = 2
except dataclasses.FrozenInstanceError as e:
    print(e)
class Color(enum.Enum):
    RED = 1
    GREEN = enum.auto()
class F(enum.Flag):
    A = 1
    B = 2
print(Color.RED, repr(Color.GREEN), Color(1).name, Color["GREEN"].value, list(Color), F.A | F.B, F.A in (F.A | F.B))
class T(typing.NamedTuple):
    a: int
    b: str = "z"
print(T(1), T(1)._asdict(), T.__annotations__)
class Base(abc.ABC):
    @abc.abstractmethod
    def f(self): ...
try:
    Base()
except TypeError as e:
    print(e)
class S:
    __slots__ = ("a",)
try:
    S().b = 1
except AttributeError as e:
    print(e)
print(typing.get_type_hints(P)["tags"], typing.Optional[int], typing.Dict[str, "P"])
