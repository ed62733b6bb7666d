# module-level annotations are kept in __annotations__
import typing
x: int = 1
y: "typing.List[str]"
print(__annotations__)
print(typing.get_type_hints(__import__("__main__")))
