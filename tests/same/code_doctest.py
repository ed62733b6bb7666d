# doctest finds the examples in the program's own docstrings
"""
>>> double(2)
4
>>> double("a")
'wrong on purpose'
"""
import doctest
def double(x):
    """
    >>> double(21)
    42
    >>> double(None)
    Traceback (most recent call last):
    TypeError: unsupported operand type(s) for *: 'NoneType' and 'int'
    """
    return x * 2
print(doctest.testmod())
