# What a template's `python3 -c` is given: import what is worth having, wait for
# orders, and in each copy run one program as runtime/python.py does. The C half
# is helper_python.c.
#
# The program has a __main__ of its own, like a fresh interpreter's; one frame
# of ours is below it, as in a cold run. A copy ends as an interpreter does up to
# the last atexit function, which is helper.leave: it does what can be seen of a
# finalization (flush, the end of __main__) and leaves without the rest.
import gc, posix, sys

fresh = {name: value for name, value in globals().items() if name[:2] == "__"}


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
        posix.write(2, text.encode("utf-8", "backslashreplace") + b"\n")

    def preload(names):
        for name in names:
            try:
                __import__(name)
            except BaseException as e:
                complain(f"{name}: {type(e).__name__}: {e}")

    def main_module():
        main = type(sys)("__main__")
        main.__dict__.clear()
        main.__dict__.update(fresh, __annotations__={})
        if "__annotations__" not in fresh:
            del main.__dict__["__annotations__"]
        sys.modules["__main__"] = main
        return main.__dict__

    # State that siblings must not share and that nobody else renews after a fork.
    def renew():
        threading = sys.modules.get("threading")
        if threading is not None and hasattr(threading.main_thread(), "_set_native_id"):
            threading.main_thread()._set_native_id()
        numpy = sys.modules.get("numpy.random.mtrand")
        if numpy is not None:
            numpy._rand.seed()
        processes = sys.modules.get("multiprocessing.process")
        if processes is not None:
            processes._current_process._config["authkey"] = processes.AuthenticationString(os.urandom(32))

    def slurp(fd):
        parts = []
        while True:
            part = posix.read(fd, 1 << 16)
            if not part:
                posix.close(fd)
                return b"".join(parts)
            parts.append(part)

    # What every program does, done once before the copies: the pages that it writes are the copy's by then.
    def rehearse():
        own = {"__name__": "rehearsal"}
        exec(compile("import json\ndef main(a: str) -> dict:\n    return {'result': json.loads(a)}\n"
            "text = f\"{json.dumps(main('[1, 2.5, null, {}]'))}\"\n", "<rehearsal>", "exec"), own)

    import atexit
    if sys.implementation.name != "cpython" or sys.version_info < (3, 8) or "t" in getattr(sys, "abiflags", ""):
        complain("only CPython 3.8 and later, not free-threaded, can be copied")
        posix._exit(1)
    helper = load(setting("SANDBOX_HELPER"))
    atexit.register(helper.leave)       # the first to be registered is the last to be called
    preload(setting("SANDBOX_WARM").split(","))
    preload([name for name in setting("SANDBOX_PRELOAD").split(",") if name])
    for stream in sys.stdout, sys.stderr:
        stream.flush()                  # what imports have printed is not the programs'
    if os.environ.pop("LD_PRELOAD", None) is not None:
        posix.environ.pop(b"LD_PRELOAD", None)
    rehearse()
    gc.collect()
    gc.freeze()
    if not helper.serve():
        posix._exit(0)
    cwd = posix.getcwd()
    for name in "HOME", "TMPDIR":
        if os.environ[name] != cwd:
            os.environ[name] = cwd
    posix.environ[b"HOME"] = posix.environ[b"TMPDIR"] = cwd.encode()
    renew()
    main = main_module()                # now: what is frozen is never collected
    if not helper.waited_for():
        rehearse()
    fd = helper.program()
    size, _, text = slurp(fd).partition(b"\n")
    preloaded, code = text[:int(size)].decode(), text[int(size):].decode()
    return [(text, name) for text, name in ((preloaded, "<preload>"), (code, "<code>")) if text], main, helper


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


parts, main, helper = boot()
failed = None
try:
    while parts:
        exec(compile(*parts.pop(0), "exec", dont_inherit=True), main)
except SystemExit as e:
    helper.status(status_of(e.code))
    raise
except BaseException as e:
    failed = e
finally:
    del main
if failed is not None:
    # Here no exception is being handled: what hooks see is as in a fresh interpreter.
    failed.__traceback__ = without_ours(failed.__traceback__)
    helper.show(failed)
    helper.status(-2 if isinstance(failed, KeyboardInterrupt) else 1)
    del failed
    raise SystemExit(1)
