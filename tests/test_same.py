"""
What the bare interpreter prints, the sandbox prints: each program of tests/same, in each of harness.MODES.

The bare run is the root filesystem's own interpreter in a chroot; tests/same/README says what is
the same environment, and what is made equal before the comparison.
"""
import contextlib
import os
import re

import pytest

import harness

HERE = os.path.join(harness.ROOT, "tests", "same")
PROGRAMS = sorted(n for n in os.listdir(HERE) if n.endswith((".py", ".js")))
NOTE = re.compile(r"error: \S.*")


def python_normal(text, _cwd):
    return text.replace("<string>", "<code>")


def node_normal(text, cwd):
    """cwd: the directory the program was run in, as it saw it."""
    text = text.replace(f"file://{cwd}/code.js", "CODE").replace(f"{cwd}/code.js", "CODE")
    text = re.sub(r"\(node:\d+\)", "(node:PID)", text)
    text = re.sub(r"^ +at (.*\()?node:.*\n?", "", text, flags=re.M)
    text = re.sub(r"^( +at .*) \{$", r"\1", text, flags=re.M)
    return re.sub(r"\.\.\. \d+ lines matching cause stack trace \.\.\.", "... N lines matching cause stack trace ...", text)


NORMAL = {"python3": python_normal, "nodejs": node_normal}


def replace_bytes(raw):
    """U+FFFD for each byte that is not UTF-8 (Python's own decoder makes one of several)."""
    out, at = [], 0
    while at < len(raw):
        try:
            out.append(raw[at:].decode())
            break
        except UnicodeDecodeError as e:
            out.append(raw[at:at + e.start].decode() + "\ufffd")
            at += e.start + 1
    return "".join(out)


def check_error(answer):
    """API.md: empty for 0; else the code, the sandbox's own notes, then all of stderr."""
    if answer.exit_code == 0:
        assert answer.error == ""
        return
    head, _, rest = answer.error.partition("\n")
    assert head == f"process exited with code {answer.exit_code}"
    notes = rest[:len(rest) - len(answer.stderr)]
    assert rest[len(notes):] == answer.stderr, "error does not end with stderr"
    if answer.exit_code >= 0:
        assert notes == "", "the sandbox has something to say of an ordinary exit"
    for line in notes.splitlines():
        assert NOTE.fullmatch(line), line


def text_of(name):
    return harness.language_of(name), harness.program(os.path.join(HERE, name))


@pytest.fixture(scope="module")
def results(request):
    """Every program that was selected, two at a time, ahead of the tests: by its name bare, by mode and name on servers."""
    selected = [i.callspec.params for i in request.session.items if i.function is test_same]
    with contextlib.ExitStack() as stack:
        servers = {mode: stack.enter_context(harness.Server(mode=mode, MAX_WORKERS=2, WORKER_TIMEOUT=30))
                   for mode in sorted({p["mode"] for p in selected})}
        before = {}
        for mode, server in servers.items():
            server.run("python3", "1")
            before[mode] = server.fd_count()
            mounted = server.mounted()
        pool = harness.Pool(2)
        for name in sorted({p["name"] for p in selected}):
            pool.submit(name, lambda *text: harness.bare(*text, mounted=mounted), *text_of(name))
        for p in selected:
            pool.submit((p["mode"], p["name"]), servers[p["mode"]].run, *text_of(p["name"]))
        yield pool
        pool.close()
        for mode, server in servers.items():
            server.assert_warm()
            server.assert_clean(before[mode])


# What cannot be the same, as the README says. A program that has become the same has to leave the list;
# where that is so in some modes only, it goes to their list.
OUR_FRAME = "one frame of ours is below a Python program"
OUR_HOOK = "a sys.excepthook of ours takes that frame off"
LOOP_CALLS = "executionAsyncId() is not 1: the event loop calls the program"
KNOWN = {
    "async_ids.js": LOOP_CALLS,
    "error_recursion_deep.py": OUR_FRAME,
    "error_recursion_uncaught.py": OUR_FRAME,
    "log_stderr.py": OUR_FRAME,
    "main_frames.py": OUR_FRAME,
    "process_environment.js": "MALLOC_ARENA_MAX keeps Node's threads from reserving memory that RLIMIT_DATA counts",
    "sys_faulthandler.py": OUR_FRAME,
    "sys_orig_argv.py": "the interpreter is started with a program of ours, which reads the run's",
    "warn_default.py": OUR_FRAME,
}
WARM = {
    "exit_atexit_nested.py": "the last atexit function is ours",
    "sys_gc_freeze.py": "what the template holds is frozen, so that a copy's collections do not touch it",
    "sys_modules_start.py": "the template has imported modules",
    "sys_submodules.py": "the template has imported modules",
}
KNOWN_IN = {
    "cold": {
        "async_local_storage.js": LOOP_CALLS,
        "error_excepthook_raises.py": OUR_FRAME,
        "exit_excepthook_none.py": OUR_HOOK,
        "main_builtins_deleted.py": OUR_HOOK + ", and needs __import__ for it",
    },
    "warm": WARM,
    "ready": WARM,
}


def compare(results, mode, name):
    wanted, cwd = results.result(name)
    answer = results.result((mode, name))
    assert answer.status == 200 and answer.json["code"] == 0, answer
    normal = NORMAL[harness.language_of(name)]
    slots = re.compile(r"/tmp(?:/\d+)?(?=/code\.js)")    # /tmp itself with the mount layer

    def got(text):
        return normal(slots.sub(cwd, text), cwd)

    want = [normal(replace_bytes(s), cwd) for s in (wanted.stdout, wanted.stderr)]
    assert answer.exit_code == wanted.exit_code, (answer.stdout[-500:], answer.stderr[-2000:])
    assert got(answer.stderr) == want[1]
    assert got(answer.stdout) == want[0]
    check_error(answer)


@pytest.mark.parametrize("mode", harness.MODES)
@pytest.mark.parametrize("name", PROGRAMS)
def test_same(results, mode, name):
    if name not in KNOWN and name not in KNOWN_IN[mode]:
        return compare(results, mode, name)
    with pytest.raises(AssertionError):
        compare(results, mode, name)
