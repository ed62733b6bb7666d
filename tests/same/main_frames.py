# the program's module frame is the outermost one
import inspect, sys, traceback
print(sys._getframe().f_back, sys._getframe().f_code.co_name, sys._getframe().f_lineno)
print(len(inspect.stack()), len(traceback.extract_stack()), inspect.stack()[0].filename)
def g():
    f = sys._getframe()
    print(f.f_back.f_code.co_name, f.f_back.f_globals is globals(), f.f_back.f_back)
    traceback.print_stack()
g()
