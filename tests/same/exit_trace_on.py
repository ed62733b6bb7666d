# tracing and profiling that are on at the end, faulthandler armed: the program ends well
import faulthandler, sys, threading
lines = []
faulthandler.enable()
faulthandler.dump_traceback_later(30)
threading.setprofile(lambda *a: None)
def tracer(frame, event, arg):
    lines.append(event)
    return tracer
sys.settrace(tracer)
def f(): return 1
f()
print(lines, faulthandler.is_enabled())
