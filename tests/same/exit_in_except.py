# sys.exit while an exception is handled: no traceback, the finally blocks run, the code counts
import sys
try:
    try:
        1 / 0
    except ZeroDivisionError:
        sys.exit(5)
    finally:
        print("finally")
except BaseException as e:
    print(type(e).__name__, type(e.__context__).__name__)
    raise
