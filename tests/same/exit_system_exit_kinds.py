# SystemExit: what .code is for each kind of argument
import enum, sys
class E(enum.IntEnum): three = 3
for args in ((), (None,), (0,), (1,), (True,), (2.5,), ("text",), (b"bytes",), (1, 2), ((3,),), (E.three,), ([],)):
    try:
        raise SystemExit(*args)
    except SystemExit as e:
        print(repr(e), repr(e.code), e.args)
try:
    sys.exit(1, 2)
except TypeError as e:
    print(e)
