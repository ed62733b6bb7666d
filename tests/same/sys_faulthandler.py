# faulthandler can be enabled and dumps the program's own frames
import faulthandler, sys, threading
faulthandler.enable()
print(faulthandler.is_enabled())
def g():
    with open("dump", "w+") as f:
        faulthandler.dump_traceback(f, all_threads=False)
        f.seek(0)
        print([l.strip() for l in f if l.startswith("  File")])
g()
faulthandler.dump_traceback_later(30, exit=True)
faulthandler.cancel_dump_traceback_later()
faulthandler.disable()
print(faulthandler.is_enabled())
