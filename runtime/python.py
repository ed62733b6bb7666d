# What `python3 -c` is given: read the program from descriptor 3 and run it in
# __main__ as the interpreter itself would. Descriptor 3 holds the length of
# the preload in digits, a newline, the preload, the code; see jail.c.
#
# All of it runs in dictionaries of its own, so that __main__ holds what it
# holds in a bare interpreter. While the program runs, one frame of ours is
# below it; a traceback that reaches the top is shown without that frame.
try:
    exec(*(lambda own: exec('''
import posix, sys

def slurp():
    parts = []
    while True:
        part = posix.read(3, 1 << 20)
        if not part:
            posix.close(3)
            return b"".join(parts)
        parts.append(part)

main = sys.modules["__main__"].__dict__
size, _, text = slurp().partition(b"\\n")
preload, code = text[:int(size)].decode(), text[int(size):].decode()
if preload:
    exec(compile(preload, "<preload>", "exec", dont_inherit=True), main)
ready = compile(code, "<code>", "exec", dont_inherit=True), main
''', own) or own["ready"])({}))
except SystemExit:
    raise
except BaseException:
    exec('''
import sys

def without_ours(tb):
    while tb is not None and tb.tb_frame.f_code.co_filename not in ("<code>", "<preload>"):
        tb = tb.tb_next
    return tb

# In the place of the hook in force, once: takes our frames off, puts that hook back and calls it.
def once(kind, value, tb):
    sys.excepthook = hook
    value.__traceback__ = sys.last_traceback = tb = without_ours(tb)
    return hook(kind, value, tb)

hook = getattr(sys, "excepthook", sys.__excepthook__)
sys.excepthook = once
''', {})
    raise
