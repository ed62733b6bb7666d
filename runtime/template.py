# What a template's `python3 -c` is given: import what is worth having, wait for
# orders, and in each copy run one program as runtime/python.py does. The C half
# is helper_python.c.
#
# The program has a __main__ of its own, like a fresh interpreter's; one frame
# of ours is below it, as in a cold run. A copy ends as an interpreter does up to
# the last atexit function, which is helper.leave: it does what can be seen of a
# finalization (flush, the end of __main__) and leaves without the rest.
#
# What is not at the top is in a text: an interpreter keeps what it parsed for a -c until that ends, which
# would be in each copy, and what is given back there has to be copied first.
own = {"fresh": {name: value for name, value in globals().items() if name[:2] == "__"}}
exec('''
import gc, posix, sys


example = """
import json
from base64 import b64decode
def main(a: str) -> dict:
    return {"result": f"{a}", "n": 1}
inputs = json.loads(b64decode("eyJhIjogWyJ0IiwgMV19").decode("utf-8"))
result = json.dumps(main(**inputs), indent=4)
print(f"{result}"[:0], end="")
"""
# What programs do, for who wants to know what they write to.
tour = """
import base64, json, math, re, datetime, time, random, os, sys
class Point:
    kind = "p"
    def __init__(self, x, y=0):
        self.x, self.y = x, y
    @property
    def size(self):
        return math.sqrt(self.x ** 2 + self.y ** 2)
    def __repr__(self):
        return f"Point({self.x!r}, {self.y:.2f})"
def walk(items, *rest, key=None, **more):
    for i, item in enumerate(items):
        yield i, item
points = [Point(i, 1.5 * i) for i in range(8)]
d = {**{str(k): v for k, v in walk(points)}, **dict(a=1)}
d.update({"b": [1, 2], "c": (3, 4), "e": {5}, "f": None, "g": True})
for k, v in sorted(d.items(), key=lambda kv: kv[0]):
    if isinstance(v, Point) and v.x > 3 or not v:
        continue
    d.get(k, 0), len(str(v)), k.upper().lower().strip().split(","), k.startswith("a")
    "-".join([k, repr(v)])
try:
    int("x")
except (ValueError, TypeError) as e:
    text = "{} %s %d".format(str(e)[:7]) % ("a", 1)
finally:
    pass
l = list(map(lambda p: p.size, points))
l.append(max(l)); l.extend([min(l), sum(l), round(l[1], 2), abs(-1), 7 // 2, 7 % 3, 2 ** 70]); l.sort(); l.reverse()
any(l), all(l), set(l), tuple(zip(l, l[1:])), list(reversed(l)), list(filter(None, l)), divmod(7, 2), hash("a"), id(l)
words = re.findall(r"[a-z]+", "some words to find".replace("to", "")); l[0], l[-1] = l[-1], l[0]
s = json.loads(json.dumps({"a": [1, 2.5, None, True, "x"], "b": {"c": "d"}}, ensure_ascii=False))
base64.b64encode("text".encode("utf-8")).decode(); bytes(3); bytearray(3); chr(65), ord("A"), hex(10), bin(3), type(s)
getattr(points[0], "x"); hasattr(s, "y"); callable(print); [*l, *words]; next(iter(l)); i = 0
datetime.datetime.now().isoformat(); time.time(); random.random(); os.environ.get("HOME"); sys.argv
os.path.join("a", "b")
while i < 5:
    i += 1
    if i == 3: break
print(points[1], s, sep="", end="", flush=True)
"""
renew, kept = [], []
main, parts, failed = [], [], []
exc_info = sys.exc_info


def boot():
    import os

    def setting(name):
        value = os.environ.pop(name)
        posix.environ.pop(name.encode(), None)
        return value

    def load(path):
        import _imp
        spec = type(sys.implementation)(name="helper", origin=path)
        return _imp.create_dynamic(spec)

    # Words for the server's log: descriptor 2 of a template goes there.
    def complain(text):
        posix.write(2, text.encode("utf-8", "backslashreplace") + b"\\n")

    def preload(names):
        for name in names:
            try:
                __import__(name)
            except BaseException as e:
                complain(f"{name}: {type(e).__name__}: {e}")

    # Hooks of a fork that a copy does not need, as its template has one thread, or needs in a form that touches less
    # memory: what is written to is copied. The forks of programs run them.
    def register(register_at_fork, **hooks):
        child = hooks.get("after_in_child")
        name = getattr(child, "__module__", None), getattr(child, "__qualname__", None)
        if name == ("threading", "_after_fork"):
            hooks["after_in_child"] = helper.hook((child, None))
        elif name == ("random", "Random.seed"):
            own = child.__self__
            own.gauss_next = None       # which is what it does besides
            hooks["after_in_child"] = helper.hook((child, super(type(own), own).seed))
        register_at_fork(**hooks)

    # The only thread there is; None: there are more, or nobody counts them.
    def only_thread():
        threading = sys.modules.get("threading")
        if threading is None or threading.active_count() != 1 or _thread._count() != 0:
            return None
        return threading.main_thread() if hasattr(threading.main_thread(), "_set_native_id") else None

    # State that siblings must not share and that nobody else renews after a fork.
    def renewals(thread):
        threading = sys.modules.get("threading")
        if thread is None and threading is not None and hasattr(threading.main_thread(), "_set_native_id"):
            yield lambda: threading.main_thread()._set_native_id()
        numpy = sys.modules.get("numpy.random.mtrand")
        if numpy is not None:
            yield numpy._rand.seed
        processes = sys.modules.get("multiprocessing.process")
        if processes is not None:
            yield lambda: processes._current_process._config.update(
                authkey=processes.AuthenticationString(os.urandom(32)))

    # What the end of the interpreter asks threading for is nothing where a program has made no thread.
    def shorten_end(thread):
        threading = sys.modules["threading"]
        try:
            quiet = (threading._shutdown_locks, threading._threading_atexits, _thread._count,
                     atexit._ncallbacks)
            thread._is_stopped
        except AttributeError:
            return
        threading._shutdown = helper.shutdown((threading._shutdown, vars(thread), "_is_stopped", *quiet))

    # What a copy does besides, once before: the interpreter remembers where it has found what.
    def practise():
        out, into = posix.pipe()
        with open(into, "w") as f:
            print("0", file=f)
            print(example, file=f, flush=True)
        for text, name in helper.parts(out):
            exec(compile(text, name, "exec", 0, True), {"__name__": "rehearsal"})

    import _thread, atexit
    if sys.implementation.name != "cpython" or sys.version_info < (3, 8) or "t" in getattr(sys, "abiflags", ""):
        complain("only CPython 3.8 and later, not free-threaded, can be copied")
        posix._exit(1)
    helper = load(setting("SANDBOX_HELPER"))
    setting("LD_PRELOAD")
    atexit.register(helper.leave)       # the first to be registered is the last to be called
    register_at_fork = os.register_at_fork
    os.register_at_fork = lambda **hooks: register(register_at_fork, **hooks)
    preload(setting("SANDBOX_WARM").split(","))
    if sys.version_info >= (3, 13):
        preload(["traceback"])          # what the interpreter shows an exception with
    preload([name for name in setting("SANDBOX_PRELOAD").split(",") if name])
    for stream in sys.stdout, sys.stderr:
        stream.flush()                  # what imports have printed is not the programs'
    os.register_at_fork = register_at_fork
    if sys.version_info < (3, 13):
        sys._clear_type_cache()         # full of names: copies would write to each that another takes the place of
    for _ in range(32):
        practise()
        rehearse()                      # an interpreter that adapts what it runs has done so then
    thread = only_thread()
    renew.extend(renewals(thread))
    if thread is not None:
        shorten_end(thread)
    places = {os.environ.get(name) for name in ("HOME", "TMPDIR")}
    places |= {os.fsdecode(posix.environ.get(name, b"")) for name in (b"HOME", b"TMPDIR")}
    place = places.pop() if len(places) == 1 else ""
    # What was parsed for the -c, and its code, are given back when that ends; not if they are somebody else's too.
    outer = sys._getframe(2).f_code
    text = next((c for c in outer.co_consts if isinstance(c, str) and "def boot():" in c), kept)
    kept.append(outer)
    kept.extend(o for o in gc.get_objects() if type(o) is list and any(x is text for x in o))
    gc.collect()
    gc.freeze()
    alone = thread is not None or "threading" not in sys.modules and _thread._count() == 0
    # A module now: what is frozen is never collected.
    return helper, main_module(), (thread and vars(thread), "_native_id", os.fsencode(place), alone)


def main_module():
    main = type(sys)("__main__")
    main.__dict__.clear()
    main.__dict__.update(fresh, __annotations__={})
    if "__annotations__" not in fresh:
        del main.__dict__["__annotations__"]
    sys.modules["__main__"] = main
    return main.__dict__


# What every program does, done once before the copies: the pages that it writes are the copy's by then.
def rehearse(text=example):
    exec(compile(text, "<rehearsal>", "exec", 0, True), {"__name__": "rehearsal"})


def go_round():
    rehearse(tour)


# In a copy that has something to renew, before its program is there.
def prepare(moved):
    if moved:
        import os
        os.environ["HOME"] = os.environ["TMPDIR"] = cwd = posix.getcwd()
        posix.environ[b"HOME"] = posix.environ[b"TMPDIR"] = cwd.encode()
    for each in renew:
        each()


# Returns in copies, with a program in parts.
def serve():
    global helper
    helper, fresh_main, identity = boot()
    main.append(fresh_main)
    parts.extend(helper.serve((*identity, renew, prepare, rehearse, go_round, example)))


# When the last has come to its end the status is known.
def more():
    return parts or helper.status(0)


# The next one for exec(). With the last goes what holds its names, so that they end when it does.
def part():
    code = compile(*parts.pop(0), "exec", 0, True)
    return code, main[0] if parts else main.pop()


def caught():
    e = exc_info()[1]
    main.clear()
    if isinstance(e, SystemExit):
        try:
            helper.status(status_of(e.code))
        except BaseException:
            pass                        # not to be had by us: the interpreter ends in its own way
        raise e
    e.__traceback__ = without_ours(e.__traceback__)
    failed.append(e)


def without_ours(tb):
    while tb is not None and tb.tb_frame.f_code.co_filename not in ("<code>", "<preload>"):
        tb = tb.tb_next
    return tb


# As the interpreter makes it of sys.exit()'s argument; what it prints of that is its own affair.
def status_of(code):
    if code is None:
        return 0
    if not isinstance(code, int):
        return 1
    code = int.__index__(code)          # of a class of the program's own: what that makes of operators is not asked
    return code & 0xff if -1 << 63 <= code < 1 << 63 else 0xff
''', own)
own["serve"]()
try:
    while own["more"]():
        exec(*own["part"]())
except BaseException:
    own["caught"]()
# Here no exception is being handled: what hooks see is as in a fresh interpreter.
if own["failed"]:
    raise own["helper"].show(own["failed"].pop())
