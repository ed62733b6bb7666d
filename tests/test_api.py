"""
The wire contract, black box: each test asks a running server one thing.
"""
import base64
import json
import re
import urllib.parse

import pytest

from serving import DEPENDENCIES, KEY, RUN, Server, get, post, run_bytes, until

LANGUAGES = ["python3", "nodejs"]
HELLO = {"python3": "print(1 + 1)", "nodejs": "console.log(1 + 1)"}


@pytest.fixture(scope="module")
def server():
    """Network allowed, preload off, as by default."""
    with Server({"max_workers": 2, "worker_timeout": 4, "max_body_mb": 4}) as s:
        yield s


@pytest.fixture(scope="module")
def other():
    """Network off, preload on."""
    with Server({"max_workers": 1, "worker_timeout": 4, "enable_network": "false", "enable_preload": "true"}) as s:
        yield s


# Health


def test_health(server):
    got = server.get("/health", key=None)
    assert (got.status, got.body) == (200, b'"ok"')
    assert got.headers["content-type"].startswith("application/json")


def test_health_head(server):
    with server.connect() as c:
        c.send(get("/health", "Connection: close", method="HEAD", key=None))
        got = c.response(head_only=True)
        assert (got.status, got.headers["content-length"]) == (200, "4")
        assert c.ended()


def test_health_verbose(server):
    got = server.get("/health?verbose", key=None)
    assert got.status == 200
    answer = got.json()
    assert re.match(r"[\w.-]+$", answer["version"]) and answer["uptime_s"] >= 0
    assert answer["slots"]["total"] == answer["slots"]["busy"] + answer["slots"]["free"] == 2
    assert until(lambda: server.get("/health?verbose", key=None).json()["slots"]["free"] == 2)
    assert answer["queue"] == {"waiting": 0, "max_requests": 50}
    layers = {row["layer"]: row for row in answer["isolation"]}
    assert len(layers) == len(answer["isolation"])
    for layer in ("chroot", "uid", "rlimits", "seccomp", "landlock", "listener", "mount", "pid", "net", "memory", "server"):
        row = layers[layer]
        assert row["on"] in (True, False) and len(row["covers" if row["on"] else "why"]) > 5, row
    assert layers["user"] == {"layer": "user", "on": False, "why": "not needed: started as root"}


def test_health_verbose_counts_a_running_program(server):
    def busy():
        return server.get("/health?verbose", key=None).json()["slots"]["busy"]

    assert busy() == 0
    with server.connect() as c:
        c.send(run_bytes("import time; time.sleep(0.5)"))
        server.wait_program()
        assert busy() == 1
        c.response()
    assert busy() == 0


def test_health_verbose_has_no_secret(server):
    assert KEY not in server.get("/health?verbose", key=None).body.decode()


# The key


@pytest.mark.parametrize(
    "key", [None, "", "wrong", KEY[:-1], KEY + "x", KEY.lower(), "é"], ids=["none", "empty", "wrong", "short", "long", "case", "utf8"]
)
def test_key_wrong(server, key):
    got = server.post(RUN, {"language": "python3", "code": "print(1)"}, key=key)
    assert (got.status, got.body) == (401, b"")


def test_key_in_a_field_of_any_case(server):
    got = server.post(RUN, {"language": "python3", "code": "print(1)"}, f"x-API-kEY: {KEY}", key=None)
    assert got.status == 200


@pytest.mark.parametrize(
    "request_bytes",
    [
        post(RUN, "{", key=None),
        post("/v1/no/such/path", "{}", key=None),
        get(RUN, key=None),
        get("/v1/", key=None),
        get(DEPENDENCIES + "?language=cobol", key=None),
        post(DEPENDENCIES + "/update", "{}", key=None),
        post(DEPENDENCIES + "/refresh", "{}", key=None),
    ],
    ids=["bad body", "unknown path", "wrong method", "root", "unknown language", "update", "refresh"],
)
def test_key_comes_before_everything_under_v1(server, request_bytes):
    got = server.ask(request_bytes)
    assert (got.status, got.body) == (401, b"")


def test_key_is_looked_at_before_the_body_is_sent(server):
    with server.connect() as c:
        c.send(f"POST {RUN} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n")
        assert c.response().status == 401


# Paths and methods


@pytest.mark.parametrize("path", ["/", "/v1", "/healthz", "/health/", "/HEALTH", "//health"])
def test_unknown_path(server, path):
    assert server.get(path, key=None if not path.startswith("/v1") else KEY).status == 404


@pytest.mark.parametrize("path", ["/v1/sandbox", "/v1/sandbox/run/", "/v1/sandbox/dependencies/", "/v1/sandbox/Run"])
def test_unknown_path_with_key(server, path):
    assert server.post(path, "{}").status == 404


@pytest.mark.parametrize(
    "method, path, allow",
    [
        ("GET", RUN, {"POST"}),
        ("PUT", RUN, {"POST"}),
        ("HEAD", RUN, {"POST"}),
        ("OPTIONS", RUN, {"POST"}),
        ("POST", "/health", {"GET", "HEAD"}),
        ("DELETE", "/health", {"GET", "HEAD"}),
        ("POST", DEPENDENCIES, {"GET", "HEAD"}),
        ("GET", DEPENDENCIES + "/update", {"POST"}),
    ],
)
def test_wrong_method(server, method, path, allow):
    got = server.get(path, "Content-Length: 0", method=method)
    assert got.status == 405
    assert {m.strip() for m in got.headers["allow"].split(",")} | {"HEAD"} == allow | {"HEAD"}


# Run: success


@pytest.mark.parametrize("language", LANGUAGES)
def test_run(server, language):
    got = server.post(RUN, {"language": language, "code": HELLO[language]})
    assert got.status == 200
    assert got.headers["content-type"].startswith("application/json")
    assert got.body == b'{"code":0,"message":"success","data":{"stdout":"2\\n","stderr":"","error":"","exit_code":0}}'


@pytest.mark.parametrize(
    "language, code",
    [("python3", "import sys; sys.stderr.write('warn\\n'); print(1)"), ("nodejs", "console.error('warn'); console.log(1)")],
    ids=LANGUAGES,
)
def test_stderr_is_no_error(server, language, code):
    data = server.run(code, language)["data"]
    assert data == {"stdout": "1\n", "stderr": "warn\n", "error": "", "exit_code": 0}


def test_no_output(server):
    assert server.python("pass") == {"stdout": "", "stderr": "", "error": "", "exit_code": 0}


def test_output_is_unbuffered_in_order(server):
    assert server.says("import os\nprint('a', flush=True)\nos.write(1, b'b')\nprint('c')") == "a\nbc\n"


# Run: errors of the program


@pytest.mark.parametrize("language, code", [("python3", "import sys; sys.exit(3)"), ("nodejs", "process.exit(3)")], ids=LANGUAGES)
def test_exit_code(server, language, code):
    data = server.run(code, language)["data"]
    assert data["exit_code"] == 3
    assert data["error"].splitlines() == ["process exited with code 3"]


@pytest.mark.parametrize("code", [1, 2, 42, 124, 127, 128, 255])
def test_exit_codes(server, code):
    data = server.python(f"import os; os._exit({code})")
    assert data["exit_code"] == code
    assert data["error"].splitlines()[0] == f"process exited with code {code}"


@pytest.mark.parametrize(
    "language, code",
    [
        ("python3", "import sys; sys.stderr.write('one\\ntwo'); print('out'); sys.exit(3)"),
        ("nodejs", "console.log('out'); process.stderr.write('one\\ntwo'); process.exitCode = 3"),
    ],
    ids=LANGUAGES,
)
def test_error_has_all_of_stderr(server, language, code):
    data = server.run(code, language)["data"]
    assert data["error"].splitlines() == ["process exited with code 3", "one", "two"]
    assert (data["stdout"], data["stderr"], data["exit_code"]) == ("out\n", "one\ntwo", 3)


def test_error_has_a_long_stderr_whole(server):
    data = server.python("import sys; sys.stderr.write('x' * 100000 + 'END'); sys.exit(1)")
    assert data["error"].splitlines()[1] == "x" * 100000 + "END"


@pytest.mark.parametrize("signo", [6, 9, 11, 15])
def test_signal(server, signo):
    data = server.python(f"import os; os.kill(os.getpid(), {signo})")
    assert data["exit_code"] == -1
    assert data["error"].startswith("process exited with code -1")


def test_signal_of_node(server):
    data = server.node("process.abort()")
    assert data["exit_code"] == -1
    assert data["error"].startswith("process exited with code -1")


@pytest.mark.parametrize(
    "argument, code, said", [("'no luck'", 1, "no luck\n"), ("None", 0, ""), ("True", 1, ""), ("-1", 255, ""), ("(1, 2)", 1, "(1, 2)\n")]
)
def test_sys_exit(server, argument, code, said):
    data = server.python(f"import sys; sys.exit({argument})")
    assert (data["exit_code"], data["stderr"]) == (code, said)


def test_timeout_composition(server):
    data = server.python("import sys, time; sys.stderr.write('late'); sys.stderr.flush(); time.sleep(60)")
    assert data["exit_code"] == -1
    assert data["error"].splitlines() == ["process exited with code -1", "error: timeout", "late"]


def test_refused_composition(server):
    data = server.python("import os, sys\ntry: os.execv('/usr/local/bin/python3', ['x'])\nexcept OSError: sys.stderr.write('no')\nsys.exit(4)")
    lines = data["error"].splitlines()
    assert lines[0] == "process exited with code 4" and lines[-1] == "no"
    assert lines[1].startswith("error: operation not permitted: execve")


def test_refused_and_coped_with_is_no_error(server):
    data = server.python("import os\ntry: os.execv('/usr/local/bin/python3', ['x'])\nexcept OSError as e: print(e.errno)")
    assert (data["stdout"], data["error"], data["exit_code"]) == ("1\n", "", 0)


# Tracebacks


def test_python_traceback(server):
    data = server.python("x = 1\ndef f():\n    raise ValueError('no')\nf()")
    assert re.findall(r'File "([^"]*)", line (\d+)', data["stderr"]) == [("<code>", "4"), ("<code>", "3")]
    assert data["stderr"].startswith("Traceback (most recent call last):\n")
    assert data["stderr"].endswith("ValueError: no\n")


def test_python_syntax_error(server):
    data = server.python("x = 1\nx = = 2\n")
    assert 'File "<code>", line 2' in data["stderr"] and data["stderr"].endswith("SyntaxError: invalid syntax\n")
    assert data["stderr"].count("File ") == 1 and data["exit_code"] == 1


def test_python_traceback_of_a_thread(server):
    data = server.python("import threading\ndef f():\n    1 / 0\nt = threading.Thread(target=f)\nt.start(); t.join()")
    assert 'File "<code>", line 3, in f' in data["stderr"] and data["exit_code"] == 0


def test_python_exception_in_atexit(server):
    data = server.python("import atexit\natexit.register(lambda: print('bye'))\n1 / 0")
    assert data["stdout"] == "bye\n" and data["exit_code"] == 1
    assert re.findall(r'File "([^"]*)", line (\d+)', data["stderr"]) == [("<code>", "3")]


def test_node_traceback(server):
    data = server.node("const x = 1\nfunction f() {\n  throw new Error('no')\n}\nf()")
    assert "Error: no" in data["stderr"] and data["exit_code"] == 1
    frames = re.findall(r"at (\w+ )?.*?([^( ]+):(\d+):\d+\)?", data["stderr"])
    assert ("f ", "3") in [(name, line) for name, _, line in frames]
    own = {file for name, file, _ in frames if name == "f "}
    assert all(file in own or file.startswith("node:") for _, file, _ in frames), data["stderr"]


def test_node_syntax_error(server):
    data = server.node("const x = 1\nconst = 2\n")
    assert "SyntaxError" in data["stderr"] and re.search(r":2\n", data["stderr"]) and data["exit_code"] == 1


def test_node_unhandled_rejection(server):
    data = server.node("Promise.reject(new Error('later'))")
    assert "later" in data["stderr"] and data["exit_code"] == 1


# Network and preload


def test_network_disabled(other):
    got = other.post(RUN, {"language": "python3", "code": "print(1)", "enable_network": True})
    assert got.status == 200
    assert got.body == b'{"code":-400,"message":"network is disabled, please enable it in the configuration","data":null}'


@pytest.mark.parametrize("value", [False, None])
def test_network_not_asked_for(other, value):
    assert other.says("print(1)", enable_network=value) == "1\n"


NET = "import socket\ns = socket.socket()\ntry: s.connect(('127.0.0.1', 9))\nexcept ConnectionRefusedError: print('refused')"


def test_network(server):
    assert server.says(NET, enable_network=True) == "refused\n"


@pytest.mark.parametrize("more", [{}, {"enable_network": False}, {"enable_network": None}], ids=["absent", "false", "null"])
def test_network_is_off_by_default(server, more):
    data = server.python(NET, **more)
    assert data["exit_code"] == 1 and "operation not permitted: socket" in data["error"]


@pytest.mark.parametrize(
    "language, preload, code", [("python3", "x = 5", "print(x)"), ("nodejs", "var x = 5", "console.log(x)")], ids=LANGUAGES
)
def test_preload(other, language, preload, code):
    assert other.says(code, language, preload=preload) == "5\n"


def test_preload_runs_in_the_jail(other):
    assert other.says("print(u)", preload="import os; u = os.getuid()") != "0\n"


def test_preload_does_not_move_the_lines(other):
    assert 'File "<code>", line 2' in other.python("\n1 / 0", preload="a = 1\nb = 2\nc = 3")["stderr"]


def test_preload_that_fails(other):
    data = other.python("print('code')", preload="1 / 0")
    assert data["exit_code"] == 1 and "ZeroDivisionError" in data["stderr"] and data["stdout"] == ""


@pytest.mark.parametrize("preload", ["", None])
def test_preload_empty(other, preload):
    assert other.says("print(1)", preload=preload) == "1\n"


def test_preload_off(server):
    assert server.says("print('x' in globals())", preload="x = 5; print('never')") == "False\n"


# Validation


def refused(got, message, status=400):
    """A refusal of the body with this message (a pattern when it is compiled)."""
    assert got.status == status, (got.status, got.body)
    answer = got.json()
    assert list(answer) == ["code", "message", "data"]
    assert answer["code"] == -400 and answer["data"] is None
    if isinstance(message, str):
        assert answer["message"] == message
    else:
        assert message.search(answer["message"]), answer["message"]


OK = {"language": "python3", "code": "print(1)"}


@pytest.mark.parametrize("field", ["language", "code"])
def test_required(server, field):
    refused(server.post(RUN, {k: v for k, v in OK.items() if k != field}), f"{field} is required")


@pytest.mark.parametrize("field", ["language", "code"])
@pytest.mark.parametrize("value", ["", None], ids=["empty", "null"])
def test_required_but_empty(server, field, value):
    refused(server.post(RUN, {**OK, field: value}), f"{field} is required")


@pytest.mark.parametrize("value", [1, True, [], {}, ["print(1)"], 1.5], ids=repr)
@pytest.mark.parametrize("field", ["language", "code", "preload"])
def test_not_a_string(server, field, value):
    refused(server.post(RUN, {**OK, field: value}), re.compile(rf"^{field} must be a string"))


@pytest.mark.parametrize("value", [0, 1, "true", "", [], {}], ids=repr)
def test_not_a_boolean(server, value):
    refused(server.post(RUN, {**OK, "enable_network": value}), "enable_network must be true or false")


@pytest.mark.parametrize("language", ["cobol", "Python3", "python", "python3 ", "python3\0", "nodejs18"])
def test_unsupported_language(server, language):
    refused(server.post(RUN, {**OK, "language": language}), "unsupported language")


@pytest.mark.parametrize(
    "body, at",
    [
        (b'{"code": }', 9),
        (b'{"code":"a"', 11),
        (b'{"code":"a" "b"}', 12),
        (b"{'code':1}", 1),
        (b'{"code":"a"} x', 13),
        (b'{"code":"a",}', 12),
        (b'{"code":01}', 9),
        (b'{"code":"a\nb"}', 10),
        (b'{"code":"\\x"}', 10),
        (b'{"code":nul}', 11),
        (b"print(1)", 0),
    ],
    ids=repr,
)
def test_invalid_json(server, body, at):
    refused(server.post(RUN, body, "Content-Type: application/json"), re.compile(rf"^invalid JSON at byte {at}: \w"))


@pytest.mark.parametrize("body", [b"[]", b'"python3"', b"1", b"null", b"true", b'[{"language":"python3"}]'], ids=repr)
def test_body_is_not_an_object(server, body):
    refused(server.post(RUN, body, "Content-Type: application/json"), "the body must be a JSON object")


@pytest.mark.parametrize("body", [b"", b"   ", b"\r\n"], ids=repr)
def test_empty_body(server, body):
    refused(server.post(RUN, body, "Content-Type: application/json"), "the body is empty")


def test_nesting_is_bounded(server):
    refused(server.post(RUN, b'{"code":' + b"[" * 100000 + b"]" * 100000 + b"}"), re.compile("^invalid JSON at byte "))


def test_unknown_fields(server):
    assert server.says("print(1)", options={"a": [1, {"code": "print(2)"}]}, Code="print(3)", **{"": None}) == "1\n"


def test_last_of_duplicate_keys(server):
    got = server.post(RUN, '{"code":7,"language":"cobol","code":"print(1)","language":"python3","code":"print(2)"}')
    assert got.json()["data"]["stdout"] == "2\n"


def test_last_of_duplicate_keys_is_wrong(server):
    refused(server.post(RUN, '{"language":"python3","code":"print(1)","code":null}'), "code is required")


def test_escaped_names(server):
    got = server.post(RUN, r'{"langu\u0061ge":"python3","\u0063ode":"print(1)"}')
    assert got.json()["data"]["stdout"] == "1\n"


def test_white_space_around(server):
    assert server.post(RUN, ' \r\n\t{"language" : "python3" ,\n"code" : "print(1)" } \n').json()["code"] == 0


# Text


@pytest.mark.parametrize("text", [r"\ud800", r"\udc00", r"\ud800x", r"\udc00\ud800"])
def test_lone_surrogate(server, text):
    got = server.post(RUN, '{"language":"python3","code":"print(ascii(\'%s\'))"}' % text)
    want = json.loads(f'"{text}"')
    want = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in want)
    assert got.json()["data"]["stdout"] == ascii(want) + "\n"


def test_surrogate_pair(server):
    got = server.post(RUN, r'''{"language":"python3","code":"print('\ud83d\ude00' == chr(0x1f600))"}''')
    assert got.json()["data"]["stdout"] == "True\n"


@pytest.mark.parametrize("raw, n", [(b"\xff", 1), (b"\xc3(", 1), (b"\xe2\x82", 2), (b"\xed\xa0\x80", 3), (b"\xc0\xaf", 2)], ids=repr)
def test_invalid_utf8_in_the_body(server, raw, n):
    got = server.post(RUN, b'{"language":"python3","code":"print(\'' + raw + b"'.count(chr(0xfffd)))\"}")
    assert got.json()["data"]["stdout"] == f"{n}\n"


@pytest.mark.parametrize("language, code", [("python3", "print('é€😀')"), ("nodejs", "console.log('é€😀')")], ids=LANGUAGES)
def test_utf8_passes(server, language, code):
    assert server.says(code, language) == "é€😀\n"


@pytest.mark.parametrize(
    "raw, text",
    [
        (b"a\xffb", "a\ufffdb"),
        (b"\xc3(", "\ufffd("),
        (b"\xe2\x82", "\ufffd\ufffd"),
        (b"\xf0\x9f\x98", "\ufffd\ufffd\ufffd"),
        (b"\xed\xa0\x80", "\ufffd" * 3),
        (b"\xc0\xaf", "\ufffd\ufffd"),
        (b"\xf4\x90\x80\x80", "\ufffd" * 4),
        (b"\x00\x01\x1f\x7f", "\x00\x01\x1f\x7f"),
        (b'"\\/\b\f\n\r\t', '"\\/\b\f\n\r\t'),
        ("\u2028\ufeff\U0010ffff".encode(), "\u2028\ufeff\U0010ffff"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_output_bytes(server, stream, raw, text):
    assert server.python(f"import sys; sys.{stream}.buffer.write({raw!r})")[stream] == text


def test_output_is_whole(server):
    """Three bytes a character, so that some are cut by every reader's buffer."""
    assert server.says("print('€' * 1000000, end='')") == "€" * 1000000


def test_output_of_both_streams_at_once(server):
    data = server.python("import sys\nfor i in range(2000):\n    print('o' * 99)\n    print('e' * 99, file=sys.stderr)")
    assert (data["stdout"], data["stderr"]) == (("o" * 99 + "\n") * 2000, ("e" * 99 + "\n") * 2000)


def test_nul_in_python_code(server):
    data = server.python("print(1)\0")
    assert data["exit_code"] == 1 and "null bytes" in data["stderr"]


def test_nul_in_node_code(server):
    assert server.node("console.log('a\0b'.length)")["stdout"] == "3\n"


def test_output_with_nul(server):
    assert server.says("print('a\\0b')") == "a\0b\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_code_of_one_mebibyte(server, language):
    mark, show = ("#", "print(2)") if language == "python3" else ("//", "console.log(2)")
    assert server.says(f"{mark} {'x' * (1 << 20)}\n{show}", language) == "2\n"


@pytest.mark.parametrize("code", ["print(1)\r\nprint(2)\r\n", "\nprint(1);print(2)", "# coding: latin-1\nprint(1)\nprint(2)"])
def test_python_source_forms(server, code):
    assert server.says(code) == "1\n2\n"


def test_python_main(server):
    assert server.says("if __name__ == '__main__':\n    print(__name__)") == "__main__\n"


def test_python_globals_are_its_own(server):
    """Nothing of the bootstrap's is left in sight."""
    assert server.says("print([n for n in globals() if not n.startswith('__')])") == "[]\n"


# Other bodies


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; charset=latin-1", "x"]
)
def test_content_type_does_not_matter_for_json(server, kind):
    assert server.post(RUN, OK, f"Content-Type: {kind}").json()["data"]["stdout"] == "1\n"


def form(**fields):
    return urllib.parse.urlencode(fields)


FORM = "Content-Type: application/x-www-form-urlencoded"


def test_form(server):
    got = server.post(RUN, form(language="python3", code="print('a+b &=é' + \" c\")"), FORM)
    assert got.json()["data"]["stdout"] == "a+b &=é c\n"


def test_form_as_curl_sends_it(server):
    got = server.post(RUN, "language=python3&code=print(1)", FORM)
    assert got.json()["data"]["stdout"] == "1\n"


def test_form_without_code(server):
    refused(server.post(RUN, form(language="python3"), FORM), "code is required")


def test_form_with_unsupported_language(server):
    refused(server.post(RUN, form(language="cobol", code="x"), FORM), "unsupported language")


def test_form_asks_for_network(other):
    got = other.post(RUN, form(language="python3", code="print(1)", enable_network="true"), FORM)
    assert got.json()["message"].startswith("network is disabled")


# Dependencies


@pytest.mark.parametrize("path", ["", "/refresh"], ids=["list", "refresh"])
@pytest.mark.parametrize("language, wanted", [("python3", {"jinja2", "requests"}), ("nodejs", {"npm"})], ids=LANGUAGES)
def test_dependencies(server, path, language, wanted):
    got = server.get(f"{DEPENDENCIES}{path}?language={language}")
    assert got.status == 200
    answer = got.json()
    assert (answer["code"], answer["message"], list(answer["data"])) == (0, "success", ["dependencies"])
    listed = answer["data"]["dependencies"]
    assert all(set(d) == {"name", "version"} and re.match(r"\d", d["version"]) for d in listed)
    assert wanted <= {d["name"].lower() for d in listed}
    assert [d["name"].lower() for d in listed] == sorted({d["name"].lower() for d in listed})


@pytest.mark.parametrize("language", LANGUAGES)
def test_dependencies_update(server, language):
    got = server.post(DEPENDENCIES + "/update", {"language": language})
    assert (got.status, got.body) == (200, b'{"code":0,"message":"success","data":{}}')


@pytest.mark.parametrize(
    "request_bytes",
    [
        get(DEPENDENCIES + "?language=cobol"),
        get(DEPENDENCIES + "/refresh?language=cobol"),
        post(DEPENDENCIES + "/update", {"language": "cobol"}),
    ],
    ids=["list", "refresh", "update"],
)
def test_dependencies_of_an_unsupported_language(server, request_bytes):
    refused(server.ask(request_bytes), "unsupported language")


@pytest.mark.parametrize("request_bytes", [get(DEPENDENCIES), post(DEPENDENCIES + "/update", "{}")], ids=["list", "update"])
def test_dependencies_without_a_language(server, request_bytes):
    refused(server.ask(request_bytes), "language is required")


def test_dependencies_update_of_invalid_json(server):
    refused(server.post(DEPENDENCIES + "/update", "{"), re.compile("^invalid JSON at byte 1: "))


# What Dify sends


INPUTS = base64.b64encode(json.dumps({"arg1": "é\"'\\", "n": 3}).encode()).decode()

DIFY_PYTHON = f"""
def main(arg1: str, n: int) -> dict:
    return {{"result": arg1 * n}}

import json
from base64 import b64decode

inputs_obj = json.loads(b64decode('{INPUTS}').decode('utf-8'))
output_obj = main(**inputs_obj)
output_json = json.dumps(output_obj, indent=4)
result = f'''<<RESULT>>{{output_json}}<<RESULT>>'''
print(result)
"""

DIFY_NODE = f"""
function main({{arg1, n}}) {{
    return {{ result: arg1.repeat(n) }}
}}

var inputs_obj = JSON.parse(Buffer.from('{INPUTS}', 'base64').toString('utf-8'))
var output_obj = main(inputs_obj)
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${{output_json}}<<RESULT>>`
console.log(result)
"""

DIFY_JINJA = f"""
import jinja2, json
from base64 import b64decode
def main(**inputs):
    return jinja2.Template("{{{{ arg1 }}}}-{{{{ n }}}}").render(**inputs)
inputs = json.loads(b64decode('{INPUTS}').decode('utf-8'))
print('<<RESULT>>' + json.dumps({{"result": main(**inputs)}}) + '<<RESULT>>')
"""


@pytest.mark.parametrize(
    "language, code, result",
    [("python3", DIFY_PYTHON, "é\"'\\" * 3), ("nodejs", DIFY_NODE, "é\"'\\" * 3), ("python3", DIFY_JINJA, "é\"'\\-3")],
    ids=["python3", "nodejs", "jinja2"],
)
def test_dify(server, language, code, result):
    data = server.run(code, language, preload="", enable_network=True)["data"]
    assert (data["error"], data["stderr"], data["exit_code"]) == ("", "", 0)
    found = re.fullmatch(r"<<RESULT>>(.*)<<RESULT>>\n", data["stdout"], re.S)
    assert json.loads(found.group(1)) == {"result": result}
