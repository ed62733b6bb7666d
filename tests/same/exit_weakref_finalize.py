# weakref.finalize callbacks that are still alive run at exit, newest first
import weakref
class C: pass
c, d = C(), C()
weakref.finalize(c, print, "c finalized")
weakref.finalize(d, print, "d finalized")
del c
print("last line")
