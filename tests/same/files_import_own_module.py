# a module and a package that the program writes to its working directory can be imported
import importlib, os, sys
open("helper_mod.py", "w").write("x = 5\ndef f(): return __name__, __file__.endswith('helper_mod.py')\n")
os.mkdir("pkg")
open("pkg/__init__.py", "w").write("from .inner import y\n")
open("pkg/inner.py", "w").write("y = 'inner'\ndef boom(): raise ValueError('in a module')\n")
importlib.invalidate_caches()
import helper_mod, pkg.inner
print(helper_mod.x, helper_mod.f(), pkg.y, pkg.__name__, "pkg.inner" in sys.modules)
open("helper_mod.py", "w").write("x = 'changed and longer'\n")
importlib.reload(helper_mod)
print(helper_mod.x, importlib.util.find_spec("no_such") if hasattr(importlib, "util") else None)
try:
    pkg.inner.boom()
except ValueError as e:
    print(e, e.__traceback__.tb_next.tb_frame.f_code.co_name)
