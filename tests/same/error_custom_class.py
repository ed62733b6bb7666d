# an exception class of the program is printed with its __main__-less name and its __str__
class AppError(Exception):
    def __init__(self, code): super().__init__(code); self.code = code
    def __str__(self): return "app error %d" % self.code
class Outer:
    class Inner(AppError): pass
try:
    raise AppError(1)
except AppError as e:
    print(type(e), e, repr(e))
raise Outer.Inner(2)
