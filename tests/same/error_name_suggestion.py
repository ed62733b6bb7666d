# NameError and AttributeError carry the interpreter's suggestions (3.10 and later)
import math
lenght = 3
try:
    print(math.sqrtt(4))
except AttributeError as e:
    print(type(e).__name__, e)
print(length)
