# sys: every setting, hook and flag is the bare interpreter's
import sys
print(sys.argv, sys.path[0], sys.path[1:], sys.flags)
print(sys.warnoptions, sys._xoptions, sys.dont_write_bytecode, sys.pycache_prefix, sys.platlibdir, sys.exec_prefix, sys.base_prefix)
print(sys.gettrace(), sys.getprofile(), sys.getswitchinterval(), sys.getrecursionlimit(), sys.get_int_max_str_digits(), sys.getdlopenflags())
print(sys.get_asyncgen_hooks(), sys.get_coroutine_origin_tracking_depth(), sys.exc_info(), sys.is_finalizing())
print([n for n in ("last_type", "last_value", "last_traceback", "ps1", "ps2", "tracebacklimit", "exitfunc") if hasattr(sys, n)])
print(sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__, sys.unraisablehook is sys.__unraisablehook__)
print(sys.breakpointhook is sys.__breakpointhook__, hasattr(sys, "__interactivehook__"), sys._git[0], sys._framework == "")
print([getattr(f, "__name__", type(f).__name__) for f in sys.meta_path], len(sys.path_hooks), sorted(sys.builtin_module_names)[:3])
print(sorted(dir(sys)))
