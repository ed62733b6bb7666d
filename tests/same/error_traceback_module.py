# traceback.format_exc, extract_tb and TracebackException show the program's own frames only
import sys, traceback
def f(): g()
def g(): raise ValueError("deep")
try:
    f()
except ValueError as e:
    print(traceback.format_exc(), end="")
    tb = traceback.extract_tb(e.__traceback__)
    print([(x.name, x.lineno, x.line) for x in tb])
    print(traceback.TracebackException.from_exception(e).exc_type.__name__, len(tb))
    traceback.print_exc(limit=1, file=sys.stdout)
