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
def main(a: str, b: list) -> dict:
    return {"result": f"{a}", "most": max(b), "all": [str(x) for x in b], "none": None}
inputs = json.loads(b64decode("eyJhIjogInQiLCAiYiI6IFsxLCAyLjUsIDNdfQ==").decode("utf-8"))
output = json.dumps(main(**inputs), indent=4)
print(f"{json.dumps(output)}"[:0], end="")
"""
renew, kept = [], []


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
        if threading is None or threading.active_count() != 1 or sys.modules["_thread"]._count() != 0:
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

    # What imports gave back lies about in small pieces. Copies that allocate from those would touch a page for each.
    def settle():
        top = bytes(100000)
        for size in 50000, 25000, 12000, 6000, 3000, 1500, 1000, 700, 520:
            for _ in range(300):
                piece = bytes(size)
                if id(piece) > id(top):
                    break
                kept.append(piece)
        # Of CPython's own allocator: the next object of each size is the first of its pool.
        pool = 16384 if sys.version_info >= (3, 10) else 4096
        for size in range(16, 513, 16):
            first = last = 0
            for _ in range(8 * pool // size):
                piece = object() if size == 16 else 1.5 * size if size == 32 else bytes(size - 33)
                kept.append(piece)
                at = id(piece)
                first, last = at if at != last + size else first, at
                if at % pool + 2 * size > pool and first % pool < size:
                    break

    # What a copy does besides, once before: the interpreter remembers where it has found what.
    def practise():
        out, into = posix.pipe()
        with open(into, "w") as f:
            print("0", file=f)
            print(example, file=f, flush=True)
        for text, name in parts_of(slurp(out)):
            exec(compile(text, name, "exec", dont_inherit=True), {"__name__": "rehearsal"})

    import atexit
    if sys.implementation.name != "cpython" or sys.version_info < (3, 8) or "t" in getattr(sys, "abiflags", ""):
        complain("only CPython 3.8 and later, not free-threaded, can be copied")
        posix._exit(1)
    helper = load(setting("SANDBOX_HELPER"))
    if os.environ.pop("LD_PRELOAD", None) is not None:
        posix.environ.pop(b"LD_PRELOAD", None)
    atexit.register(helper.leave)       # the first to be registered is the last to be called
    register_at_fork = os.register_at_fork
    os.register_at_fork = lambda **hooks: register(register_at_fork, **hooks)
    preload(setting("SANDBOX_WARM").split(","))
    preload([name for name in setting("SANDBOX_PRELOAD").split(",") if name])
    for stream in sys.stdout, sys.stderr:
        stream.flush()                  # what imports have printed is not the programs'
    os.register_at_fork = register_at_fork
    for _ in range(32):
        practise()
        rehearse()                      # an interpreter that adapts what it runs has done so then
    thread = only_thread()
    renew.extend(renewals(thread))
    places = {os.environ.get(name) for name in ("HOME", "TMPDIR")}
    places |= {os.fsdecode(posix.environ.get(name, b"")) for name in (b"HOME", b"TMPDIR")}
    place = places.pop() if len(places) == 1 else ""
    gc.collect()
    settle()
    gc.freeze()
    return helper, main_module(), (thread, os.fsencode(place))      # a module now: what is frozen is never collected


def main_module():
    main = type(sys)("__main__")
    main.__dict__.clear()
    main.__dict__.update(fresh, __annotations__={})
    if "__annotations__" not in fresh:
        del main.__dict__["__annotations__"]
    sys.modules["__main__"] = main
    return main.__dict__


# What every program does, done once before the copies: the pages that it writes are the copy's by then.
def rehearse():
    exec(compile(example, "<rehearsal>", "exec", dont_inherit=True), {"__name__": "rehearsal"})


def slurp(fd):
    parts = []
    while True:
        part = posix.read(fd, 1 << 16)
        if not part:
            posix.close(fd)
            return b"".join(parts)
        parts.append(part)


def parts_of(sent):
    size, _, text = sent.partition(b"\\n")
    preloaded, code = text[:int(size)].decode(), text[int(size):].decode()
    return [(text, name) for text, name in ((preloaded, "<preload>"), (code, "<code>")) if text]


# In a copy: the parts of its program.
def program(helper, moved):
    if moved:
        import os
        os.environ["HOME"] = os.environ["TMPDIR"] = cwd = posix.getcwd()
        posix.environ[b"HOME"] = posix.environ[b"TMPDIR"] = cwd.encode()
    for each in renew:
        each()
    if not helper.waited_for():
        rehearse()
    return parts_of(slurp(helper.program()))


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
    return code & 0xff if -1 << 63 <= code < 1 << 63 else 0xff
''', own)
helper, main, identity = own["boot"]()
parts = own["program"](helper, helper.serve(identity))
failed = None
try:
    while parts:
        exec(compile(*parts.pop(0), "exec", dont_inherit=True), main)
except SystemExit as e:
    helper.status(own["status_of"](e.code))
    raise
except BaseException as e:
    failed = e
finally:
    del main
if failed is not None:
    # Here no exception is being handled: what hooks see is as in a fresh interpreter.
    failed.__traceback__ = own["without_ours"](failed.__traceback__)
    helper.show(failed)
    helper.status(-2 if isinstance(failed, KeyboardInterrupt) else 1)
    del failed
    raise SystemExit(1)
