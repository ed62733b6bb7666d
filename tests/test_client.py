"""
The little HTTP client, black box: the binary called as `curl`, and `sandbox health`.

Every server here is a socket that plays one scripted answer and keeps the
request, so that a test can cut the bytes wherever it likes.
"""
import os
import socket
import subprocess
import threading
import time

import pytest

BINARY = os.path.abspath(os.environ.get("SANDBOX_BIN", "./sandbox"))


class Server:
    """Plays a list of bytes (sent) and numbers (seconds slept) to one connection."""

    def __init__(self, script, family=socket.AF_INET, address="127.0.0.1"):
        self.script, self.request = script, b""
        self.listener = socket.create_server((address, 0), family=family)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _read_request(self, conn):
        while b"\r\n\r\n" not in self.request:
            self.request += conn.recv(65536)
        head, _, body = self.request.partition(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                while len(body) < int(line.split(b":")[1]):
                    more = conn.recv(65536)
                    body, self.request = body + more, self.request + more

    def _serve(self):
        conn, _ = self.listener.accept()
        with conn:
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._read_request(conn)
            try:
                for step in self.script:
                    if isinstance(step, bytes):
                        conn.sendall(step)
                    else:
                        time.sleep(step)
            except OSError:
                pass  # the client gave up, as some tests want


def bytewise(data):
    """One send per byte."""
    return [data[i : i + 1] for i in range(len(data))]


def answer(body=b"ok", status=b"200 OK"):
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


@pytest.fixture
def curl(tmp_path):
    link = tmp_path / "curl"
    link.symlink_to(BINARY)

    def run(*args):
        return subprocess.run([link, *args], capture_output=True, timeout=30, cwd=tmp_path)

    return run


@pytest.fixture
def health(tmp_path):
    def run(*args, **env):
        env = {"PATH": "/nonexistent", **{k: str(v) for k, v in env.items()}}
        return subprocess.run([BINARY, "health", *args], capture_output=True, timeout=30, cwd=tmp_path, env=env)

    return run


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def free_url(server, path="/"):
    return f"http://127.0.0.1:{server.port}{path}"


# Responses

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BODIES = {
    "length": (answer(b"hello"), b"hello"),
    "length zero": (answer(b""), b""),
    "length twice, equal": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\ncontent-length: 2\r\n\r\nhi", b"hi"),
    "more than the length": (answer(b"hello") + b"junk", b"hello"),
    "to the end": (b"HTTP/1.0 200 OK\r\n\r\nhello", b"hello"),
    "bare line feeds": (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", b"hi"),
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", b"hi"),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\nhello", b""),
    "after 100": (b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b"hi"), b"hi"),
    "chunked": (CHUNKED + b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", b"hello world"),
    "chunk extension": (CHUNKED + b"5;a=b\r\nhello\r\n000\r\n\r\n", b"hello"),
    "trailer": (CHUNKED + b"a\r\nhellohello\r\n0\r\nA: b\r\nC: d\r\n\r\n", b"hellohello"),
    "binary": (answer(bytes(range(256)) * 300), bytes(range(256)) * 300),
}


@pytest.mark.parametrize("name", BODIES)
def test_body(curl, name):
    raw, body = BODIES[name]
    got = curl("-fsS", free_url(Server([raw])))
    assert (got.returncode, got.stdout, got.stderr) == (0, body, b"")


@pytest.mark.parametrize("name", [n for n in BODIES if len(BODIES[n][0]) < 200])
def test_body_byte_by_byte(curl, name):
    raw, body = BODIES[name]
    got = curl(free_url(Server(bytewise(raw))))
    assert (got.returncode, got.stdout, got.stderr) == (0, body, b"")


BROKEN = {
    "nothing": (b"", 52),
    "half a head": (b"HTTP/1.1 200 OK\r\nA: b\r\n", 18),
    "half a body": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", 18),
    "half a chunk": (CHUNKED + b"5\r\nhel", 18),
    "no last chunk": (CHUNKED + b"5\r\nhello\r\n", 18),
    "no chunk size": (CHUNKED + b"\r\nhello", 56),
    "chunk size not hexadecimal": (CHUNKED + b"x\r\nhello", 56),
    "chunk size too large": (CHUNKED + b"10000000000000000\r\nhello", 56),
    "chunk longer than its size": (CHUNKED + b"2\r\nhello\r\n0\r\n\r\n", 56),
    "other encoding": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", 8),
    "negative length": (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 8),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nhi", 8),
    "field without colon": (b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", 8),
    "status of two digits": (b"HTTP/1.1 20 OK\r\n\r\n", 8),
    "not HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", 1),
    "endless head": (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 20000, 56),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_response(curl, name):
    raw, code = BROKEN[name]
    got = curl("-sS", free_url(Server([raw])))
    assert got.returncode == code
    assert got.stderr.startswith(b"curl: (%d) " % code) and got.stderr.count(b"\n") == 1


# Flags


def test_fail(curl):
    got = curl("-f", free_url(Server([answer(b"busy", b"503 Service Unavailable")])))
    assert (got.returncode, got.stdout) == (22, b"")
    assert got.stderr == b"curl: (22) The requested URL returned error: 503\n"


def test_status_without_fail(curl):
    got = curl(free_url(Server([answer(b"busy", b"503 Service Unavailable")])))
    assert (got.returncode, got.stdout, got.stderr) == (0, b"busy", b"")


def test_fail_on_a_redirect_is_not_an_error(curl):
    assert curl("-f", free_url(Server([answer(b"", b"302 Found")]))).returncode == 0


@pytest.mark.parametrize(
    "flags, heard", [([], True), (["-s"], False), (["-sS"], True), (["--silent", "--show-error"], True)]
)
def test_silence(curl, flags, heard):
    got = curl(*flags, f"http://127.0.0.1:{closed_port()}/")
    assert got.returncode == 7 and bool(got.stderr) == heard


@pytest.mark.parametrize(
    "flags", [["-o", "out"], ["-oout"], ["--output", "out"], ["-fsSo", "out"], ["-sSoout"], ["-f", "-s", "-o", "out"]]
)
def test_output(curl, tmp_path, flags):
    got = curl(*flags, free_url(Server([answer(b"hello")])))
    assert (got.returncode, got.stdout) == (0, b"")
    assert (tmp_path / "out").read_bytes() == b"hello"


def test_output_of_nothing(curl, tmp_path):
    assert curl("-o", "out", free_url(Server([answer(b"")]))).returncode == 0
    assert (tmp_path / "out").read_bytes() == b""


def test_output_dash_is_stdout(curl):
    assert curl("-o", "-", free_url(Server([answer(b"hello")]))).stdout == b"hello"


def test_output_that_cannot_be_opened(curl):
    got = curl("-o", "no/such/dir", free_url(Server([answer(b"hello")])))
    assert got.returncode == 23 and b"no/such/dir" in got.stderr


@pytest.mark.parametrize("flags", [["-m", "0.4"], ["-m0.4"], ["--max-time", "0.4"]])
@pytest.mark.parametrize(
    "script",
    [[5], [b"HTTP/1.1 200 OK\r\n", 5], [answer(b"x" * 9)[:-4], 5], [s for b in bytewise(answer(b"x" * 99)) for s in (b, 0.1)]],
    ids=["silent", "half a head", "half a body", "drip"],
)
def test_max_time(curl, flags, script):
    start = time.monotonic()
    got = curl("-s", "-S", *flags, free_url(Server(script)))
    assert got.returncode == 28 and b"timed out after" in got.stderr
    assert 0.3 < time.monotonic() - start < 2


def test_request(curl):
    server = Server([answer()])
    assert curl(free_url(server, "/a/b?c=d#e")).returncode == 0
    lines = server.request.split(b"\r\n")
    assert lines[0] == b"GET /a/b?c=d HTTP/1.1"
    assert b"Host: 127.0.0.1:%d" % server.port in lines


@pytest.mark.parametrize("suffix, target", [("", b"/"), ("/", b"/"), ("?a=b", b"/?a=b"), ("#x", b"/")])
def test_target(curl, suffix, target):
    server = Server([answer()])
    curl(free_url(server, suffix))
    assert server.request.startswith(b"GET " + target + b" HTTP/1.1\r\n")


def test_scheme_may_be_left_out(curl):
    server = Server([answer()])
    assert curl(f"127.0.0.1:{server.port}/health?u=http://x").returncode == 0


def test_post(curl):
    server = Server([answer()])
    args = ["-H", "X-Api-Key: k", "-H", "content-type: application/json", "-H", "Accept:", "-d", '{"a":1}']
    assert curl(*args, free_url(server, "/v1")).returncode == 0
    head, _, body = server.request.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /v1 HTTP/1.1" and body == b'{"a":1}'
    assert b"X-Api-Key: k" in lines and b"Content-Length: 7" in lines
    assert sum(l.lower().startswith(b"content-type:") for l in lines) == 1
    assert not any(l.startswith(b"Accept:") for l in lines)


def test_post_of_two_data(curl):
    server = Server([answer()])
    assert curl("-d", "a=1", "--data-raw", "@b", free_url(server)).returncode == 0
    assert server.request.endswith(b"\r\n\r\na=1&@b")
    assert b"application/x-www-form-urlencoded" in server.request


def test_post_of_a_large_body(curl):
    server = Server([answer()])
    assert curl("-d", "x" * 100000, "-d", "y" * 100000, free_url(server)).returncode == 0
    assert len(server.request.partition(b"\r\n\r\n")[2]) == 200001


def test_method(curl):
    server = Server([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"])
    assert curl("-X", "HEAD", free_url(server)).returncode == 0
    assert server.request.startswith(b"HEAD / ")


# Names and addresses


def test_localhost(curl):
    server = Server([answer()])
    assert curl("-m", "5", f"http://localhost:{server.port}/").stdout == b"ok"


def has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        return True
    except OSError:
        return False


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 loopback here")
@pytest.mark.parametrize("host", ["[::1]", "localhost", "LOCALHOST"])
def test_ipv6(curl, host):
    server = Server([answer()], socket.AF_INET6, "::1")
    assert curl(f"http://{host}:{server.port}/").stdout == b"ok"


def test_connection_refused(curl):
    port = closed_port()
    got = curl(f"http://127.0.0.1:{port}/")
    assert got.returncode == 7
    assert got.stderr == b"curl: (7) Failed to connect to 127.0.0.1 port %d: Connection refused\n" % port


def test_unknown_host(curl):
    got = curl("-sS", "http://no-such-host.invalid/")
    assert got.returncode == 6 and b"no-such-host.invalid" in got.stderr


# Usage

USAGE = [
    (["https://127.0.0.1/"], 1),
    (["ftp://127.0.0.1/"], 1),
    ([], 2),
    (["-f"], 2),
    (["-Z", "http://127.0.0.1/"], 2),
    (["-fZ", "http://127.0.0.1/"], 2),
    (["--no-such-flag", "http://127.0.0.1/"], 2),
    (["--fai", "http://127.0.0.1/"], 2),
    (["http://127.0.0.1/", "-o"], 2),
    (["http://127.0.0.1/", "-m"], 2),
    (["-m", "soon", "http://127.0.0.1/"], 2),
    (["-m", "-1", "http://127.0.0.1/"], 2),
    (["-m", "1.2345", "http://127.0.0.1/"], 2),
    (["-H", "a\r\nb: c", "http://127.0.0.1/"], 2),
    (["-H", "no colon", "http://127.0.0.1/"], 2),
    (["-X", "GET / HTTP/1.1\r\n", "http://127.0.0.1/"], 2),
    (["-d", "@file", "http://127.0.0.1/"], 2),
    (["http://127.0.0.1/", "http://127.0.0.1/"], 2),
    (["http://"], 3),
    (["http:///path"], 3),
    (["http://127.0.0.1:0/"], 3),
    (["http://127.0.0.1:65536/"], 3),
    (["http://127.0.0.1:8x/"], 3),
    (["http://user@127.0.0.1/"], 3),
    (["http://[::1/"], 3),
    (["http://::1/"], 3),
    (["http://[::1]8/"], 3),
    (["http://127.0.0.1/a b"], 3),
    (["http://127.0.0.1/a\nb"], 3),
    (["http://" + "h" * 300 + "/"], 3),
    (["http://127.0.0.1/" + "p" * 3000], 3),
]


@pytest.mark.parametrize("args, code", USAGE)
def test_usage(curl, args, code):
    got = curl(*args)
    assert (got.returncode, got.stdout) == (code, b"")
    assert got.stderr.startswith(b"curl: ")


def test_usage_errors_are_never_silent(curl):
    assert curl("-s", "--no-such-flag").stderr == b"curl: option --no-such-flag: is unknown\n"


# sandbox health


def test_health(health):
    server = Server([answer(b'"ok"')])
    got = health(SANDBOX_PORT=server.port)
    assert (got.returncode, got.stdout, got.stderr) == (0, b'"ok"', b"")
    assert server.request.startswith(b"GET /health HTTP/1.1\r\n")


def test_health_of_a_url(health):
    server = Server([answer(b'"ok"')])
    assert health(free_url(server, "/other")).returncode == 0
    assert server.request.startswith(b"GET /other HTTP/1.1\r\n")


def test_health_of_the_address_that_is_listened_on(health):
    server = Server([answer()], address="127.0.0.3")
    assert health(SANDBOX_PORT=server.port, SANDBOX_LISTEN="127.0.0.3").returncode == 0


def test_health_not_200(health):
    got = health(SANDBOX_PORT=Server([answer(b"no", b"500 Internal Server Error")]).port)
    assert got.returncode == 1 and b"500" in got.stderr


def test_health_refused(health):
    port = closed_port()
    got = health(SANDBOX_PORT=port)
    assert got.returncode == 1
    assert b"127.0.0.1 port %d: Connection refused" % port in got.stderr


def test_health_has_a_deadline(health):
    start = time.monotonic()
    got = health(SANDBOX_PORT=Server([20]).port)
    assert got.returncode == 1 and b"timed out" in got.stderr
    assert 4 < time.monotonic() - start < 8


@pytest.mark.parametrize("args", [["a", "b"], ["https://127.0.0.1/"], ["http://"]])
def test_health_usage(health, args):
    got = health(*args)
    assert got.returncode == 1 and got.stderr
