# KeyboardInterrupt that the program raises and catches itself is an ordinary exception
try:
    raise KeyboardInterrupt("by hand")
except BaseException as e:
    print(type(e).__mro__[1].__name__, e)
