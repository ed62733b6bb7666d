# sys.settrace, setprofile and audit hooks see the program's own calls only
import sys
calls = []
def tracer(frame, event, arg):
    calls.append((event, frame.f_code.co_name, frame.f_lineno))
    return tracer
def f(x):
    return x + 1
sys.settrace(tracer)
f(1)
sys.settrace(None)
print(calls)
seen = []
sys.addaudithook(lambda name, args: seen.append(name) if name == "open" else None)
open("x", "w").close()
print(seen)
