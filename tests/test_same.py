"""
What the bare interpreter prints, the sandbox prints: each program of tests/same, both ways.

The bare run is the root filesystem's own interpreter in a chroot; tests/same/README says what is
the same environment, and what is made equal before the comparison.
"""
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


def one(server, name):
    code, language = harness.program(os.path.join(HERE, name)), harness.language_of(name)
    wanted, cwd = harness.bare(language, code, mounted=server.mounted())
    return wanted, cwd, server.run(language, code)


@pytest.fixture(scope="module")
def results(request):
    """Every program that was selected, two at a time, ahead of the tests."""
    names = [i.callspec.params["name"] for i in request.session.items if i.function is test_same]
    with harness.Server(MAX_WORKERS=2, WORKER_TIMEOUT=30) as server:
        server.run("python3", "1")
        before = server.fd_count()
        pool = harness.Pool(2)
        for name in names:
            pool.submit(name, one, server, name)
        yield pool
        pool.close()
        server.assert_clean(before)


# What cannot be the same, as the README says. A program that has become the same has to leave the list.
OUR_FRAME = "one frame of ours is below a Python program"
KNOWN = {
    "async_local_storage.js": "executionAsyncId() is not 1: the event loop calls the program",
    "error_excepthook_raises.py": OUR_FRAME,
    "error_recursion_deep.py": OUR_FRAME,
    "error_recursion_uncaught.py": OUR_FRAME,
    "log_stderr.py": OUR_FRAME,
    "main_frames.py": OUR_FRAME,
    "sys_faulthandler.py": OUR_FRAME,
    "warn_default.py": OUR_FRAME,
}


def compare(results, name):
    wanted, cwd, answer = results.result(name)
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


@pytest.mark.parametrize("name", PROGRAMS)
def test_same(results, name):
    if name not in KNOWN:
        return compare(results, name)
    with pytest.raises(AssertionError):
        compare(results, name)
