# contextlib.redirect_stdout and a replaced sys.stdout catch prints and give the stream back
import contextlib, io, sys
buf = io.StringIO()
with contextlib.redirect_stdout(buf):
    print("caught")
with contextlib.redirect_stderr(buf):
    print("caught too", file=sys.stderr)
print(repr(buf.getvalue()))
old, sys.stdout = sys.stdout, io.StringIO()
print("lost")
sys.stdout = old
print("back")
