# a program's sys.excepthook replaces the traceback; the exit code stays 1
import sys
def hook(kind, value, tb):
    print("hooked:", kind.__name__, value, tb.tb_lineno, file=sys.stderr)
sys.excepthook = hook
print("before")
raise OSError(2, "no such thing", "name")
