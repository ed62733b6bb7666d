"""
The server seen from the wire and from the shell that started it: framing, load,
clients that leave, signals, logs, starting.
"""
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.parse

import pytest

from serving import BINARY, DEPENDENCIES, KEY, RUN, Connection, Server, descriptors_at_rest, environment, free_port, get, post, processes, run_bytes, until

HEALTH = get("/health", key=None)
BUSY = b'{"code":-503,"message":"Too many requests","data":null}'


@pytest.fixture(scope="module")
def server():
    with Server({"max_workers": 2, "worker_timeout": 10, "max_body_mb": 1}) as s:
        yield s.wait_still()


@pytest.fixture(scope="module")
def single():
    """One slot."""
    with Server({"max_workers": 1, "worker_timeout": 10, "max_requests": 100}) as s:
        yield s.wait_still()


def stdout_of(response):
    assert response.status == 200, (response.status, response.body)
    return response.json()["data"]["stdout"]


# Framing


def test_keep_alive(server):
    with server.connect() as c:
        for i in range(3):
            c.send(run_bytes(f"print({i})"))
            assert stdout_of(c.response()) == f"{i}\n"
            c.send(HEALTH)
            assert c.response().body == b'"ok"'


def test_connection_close(server):
    with server.connect() as c:
        c.send(get("/health", "Connection: close", key=None))
        got = c.response()
        assert got.headers["connection"].lower() == "close"
        assert c.ended()


def test_pipelining(server):
    """Three requests in one packet; the slow one comes first and is answered first."""
    with server.connect() as c:
        c.send(run_bytes("import time; time.sleep(0.3); print(1)"), run_bytes("print(2)"), HEALTH)
        assert stdout_of(c.response()) == "1\n"
        assert stdout_of(c.response()) == "2\n"
        assert c.response().body == b'"ok"'


def test_pipelining_of_many(server):
    with server.connect() as c:
        c.send(HEALTH * 500)
        for _ in range(500):
            assert c.response().body == b'"ok"'


def test_pipelining_stops_at_close(server):
    with server.connect() as c:
        c.send(get("/health", "Connection: close", key=None), HEALTH)
        assert c.response().status == 200
        assert c.ended()


def test_pipelining_after_an_error_is_not_read(server):
    with server.connect() as c:
        c.send("GET /health HTTP/1.1\r\n\r\n", HEALTH)
        assert c.response().status == 400
        assert c.ended()


def chunks(body, size):
    parts = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n"


CHUNKED = f"POST {RUN} HTTP/1.1\r\nHost: a\r\nX-Api-Key: {KEY}\r\nTransfer-Encoding: chunked\r\n".encode()


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_chunked(server, size):
    body = json.dumps({"language": "python3", "code": "print('x' * 10)" + " " * 100}).encode()
    with server.connect() as c:
        c.send(CHUNKED, "\r\n", chunks(body, size), HEALTH)
        assert stdout_of(c.response()) == "x" * 10 + "\n"
        assert c.response().body == b'"ok"'


def test_chunked_with_extension_and_trailer(server):
    body = b'{"language":"python3","code":"print(1)"}'
    with server.connect() as c:
        c.send(CHUNKED, b"\r\n%x;a=b\r\n%s\r\n0;c\r\nX-Trailer: 1\r\n\r\n" % (len(body), body))
        assert stdout_of(c.response()) == "1\n"


def test_expect_continue(server):
    whole = run_bytes("print(1)", "python3", "Expect: 100-continue")
    head, _, body = whole.partition(b"\r\n\r\n")
    with server.connect() as c:
        c.send(head, b"\r\n\r\n")
        assert c.response().status == 100
        c.send(body)
        assert stdout_of(c.response()) == "1\n"


def test_expect_continue_with_the_body_at_once(server):
    with server.connect() as c:
        c.send(run_bytes("print(1)", "python3", "Expect: 100-continue"))
        got = c.response()
        assert stdout_of(got if got.status != 100 else c.response()) == "1\n"


def test_expect_continue_of_a_body_too_large(server):
    with server.connect() as c:
        c.send(f"POST {RUN} HTTP/1.1\r\nHost: a\r\nX-Api-Key: {KEY}\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n")
        assert c.response().status == 413


def test_http_10(server):
    with server.connect() as c:
        c.send("GET /health HTTP/1.0\r\n\r\n")
        assert c.response().body == b'"ok"'
        assert c.ended()


def test_http_10_keep_alive(server):
    with server.connect() as c:
        for _ in range(2):
            c.send("GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            got = c.response()
            assert (got.status, got.headers["connection"].lower()) == (200, "keep-alive")


def test_http_10_gets_no_continue(server):
    with server.connect() as c:
        c.send(post(RUN, {"language": "python3", "code": "print(1)"}, "Expect: 100-continue", version="1.0"))
        assert stdout_of(c.response()) == "1\n"


@pytest.mark.parametrize(
    "target", ["http://example.org/health", "http://example.org:80/health?x=1", "/%68ealth", "/%48ealth".replace("48", "68"), "/health?"]
)
def test_targets(server, target):
    assert server.get(target, key=None).body == b'"ok"'


def test_encoded_path_of_a_run(server):
    body = {"language": "python3", "code": "print(1)"}
    assert stdout_of(server.post("/v1/s%61ndbox/%72un?a=b", body)) == "1\n"


def test_encoded_path_cannot_pass_the_key(server):
    assert server.post("/%76%31/sandbox/run", {"language": "python3", "code": "print(1)"}, key=None).status == 401


@pytest.mark.parametrize("path, status", [("/health", 200), ("/nothing", 404), (RUN, 405), ("/v1/x", 404)])
def test_head_has_no_body(server, path, status):
    with server.connect() as c:
        c.send(get(path, "Connection: close", method="HEAD"))
        assert c.response(head_only=True).status == status
        assert c.ended()


def test_empty_lines_before_a_request(server):
    with server.connect() as c:
        c.send("\r\n", HEALTH, "\r\n", HEALTH)
        assert [c.response().status for _ in range(2)] == [200, 200]


def test_date(server):
    date = server.get("/health").headers["date"]
    then = time.strptime(date, "%a, %d %b %Y %H:%M:%S GMT")
    assert abs(time.mktime(then) - time.mktime(time.gmtime())) < 5


@pytest.mark.parametrize("request_bytes", [HEALTH, run_bytes("print(1)")], ids=["health", "run"])
def test_byte_by_byte(server, request_bytes):
    with server.connect() as c:
        for i in range(len(request_bytes)):
            c.send(request_bytes[i : i + 1])
        assert c.response().status == 200


def lines(*text):
    return "".join(t + "\r\n" for t in text) + "\r\n"


POST = f"POST {RUN} HTTP/1.1"
WITH_KEY = f"X-Api-Key: {KEY}"
BAD = {
    "length and chunked": (lines(POST, "Host: a", "Content-Length: 5", "Transfer-Encoding: chunked") + "0\r\n\r\n", 400),
    "lengths that differ": (lines(POST, "Host: a", "Content-Length: 5", "Content-Length: 6") + "hello", 400),
    "length signed": (lines(POST, "Host: a", "Content-Length: +5") + "hello", 400),
    "length negative": (lines(POST, "Host: a", "Content-Length: -1"), 400),
    "length hexadecimal": (lines(POST, "Host: a", "Content-Length: 0x5") + "hello", 400),
    "length list": (lines(POST, "Host: a", "Content-Length: 5, 6") + "hello", 400),
    "length too large for a number": (lines(POST, "Host: a", "Content-Length: 99999999999999999999"), 400),
    "length empty": (lines(POST, "Host: a", "Content-Length: "), 400),
    "no host": (lines("GET /health HTTP/1.1"), 400),
    "second host": (lines("GET /health HTTP/1.1", "Host: a", "Host: a"), 400),
    "folded field": (lines("GET /health HTTP/1.1", "Host: a", "X: a", " b"), 400),
    "space before the colon": (lines("GET /health HTTP/1.1", "Host: a", "X : b"), 400),
    "NUL in a field": (lines("GET /health HTTP/1.1", "Host: a", "X: a\0b"), 400),
    "bare CR in a field": (lines("GET /health HTTP/1.1", "Host: a", "X: a\rb"), 400),
    "bare LF": ("GET /health HTTP/1.1\nHost: a\n\n", 400),
    "second key": (lines(POST, "Host: a", WITH_KEY, WITH_KEY, "Content-Length: 0"), 400),
    "NUL in the path": (lines("GET /health%00 HTTP/1.1", "Host: a"), 400),
    "bad escape": (lines("GET /%zz HTTP/1.1", "Host: a"), 400),
    "not HTTP": ("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", 400),
    "bad chunk size": (CHUNKED.decode() + "\r\nx\r\n", 400),
    "chunk longer than its size": (CHUNKED.decode() + "\r\n2\r\nabc\r\n0\r\n\r\n", 400),
    "body too large": (lines(POST, "Host: a", WITH_KEY, "Content-Length: 1048577") + "x" * 1048577, 413),
    "chunked body too large": (CHUNKED.decode() + "\r\n" + "fffff\r\n" + " " * 0xFFFFF + "\r\n2\r\n  \r\n0\r\n\r\n", 413),
    "chunk too large": (CHUNKED.decode() + "\r\n7fffffff\r\n" + " " * 3000000, 413),
    "chunked and not JSON": (CHUNKED.decode() + "\r\n" + "fffff\r\n" + "x" * 0xFFFFF + "\r\n2\r\nxx\r\n0\r\n\r\n", 400),
    "target too long": (lines("GET /" + "x" * 9000 + " HTTP/1.1", "Host: a"), 414),
    "head too large": (lines("GET /health HTTP/1.1", "Host: a", "X: " + "y" * 70000), 431),
    "many fields": (lines("GET /health HTTP/1.1", "Host: a", *["X: y"] * 20000), 431),
    "unknown coding": (lines(POST, "Host: a", WITH_KEY, "Transfer-Encoding: gzip, chunked"), 501),
    "connect": (lines("CONNECT a:80 HTTP/1.1", "Host: a:80"), 501),
    "HTTP/2": (lines("GET /health HTTP/2.0", "Host: a"), 505),
    "unknown expectation": (lines(POST, "Host: a", WITH_KEY, "Content-Length: 5", "Expect: payment") + "hello", 417),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_request(server, name):
    """The status, readable although the rest of the request was still on its way, then the end."""
    text, status = BAD[name]
    with server.connect() as c:
        c.push(text.encode("latin-1"))
        got = c.response()
        assert (got.status, got.headers["connection"].lower()) == (status, "close")
        assert c.ended()
    assert server.get("/health").status == 200


@pytest.mark.parametrize("name", [n for n in BAD if len(BAD[n][0]) < 400])
def test_bad_request_byte_by_byte(server, name):
    text, status = BAD[name]
    with server.connect() as c, contextlib.suppress(OSError):
        for byte in text.encode("latin-1"):
            c.send(bytes([byte]))
    with server.connect() as c:
        for byte in text.encode("latin-1"):
            if c.push(bytes([byte])) == 0:
                break
        assert c.response().status == status


INNER = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
OUTER = {
    "wrong key": post(RUN, INNER, key="wrong"),
    "unknown path": post("/nothing", INNER),
    "wrong method": post("/health", INNER),
    "wrong method with key": post(DEPENDENCIES, INNER),
    "bad JSON": post(RUN, "{]" + INNER),
    "bad JSON, half of it sent": post(RUN, "{]" + INNER + "x" * 100)[:-100],
    "health with a body": get("/health")[:-2] + f"Content-Length: {len(INNER)}\r\n\r\n{INNER}".encode(),
}


@pytest.mark.parametrize("name", OUTER)
def test_body_of_a_refused_request_is_no_request(server, name):
    """However it is answered: nothing in a body is ever read as a request."""
    with server.connect() as c:
        c.send(OUTER[name])
        assert c.quiet().count(b"HTTP/1.1 ") == 1


def test_a_client_that_ignores_413_and_goes_on(server):
    """Ten times the limit is thrown away, not kept and not answered with a reset."""
    with server.connect() as c:
        c.push(lines(POST, "Host: a", WITH_KEY, "Content-Length: 10000000").encode() + b"x" * 10000000)
        assert c.response().status == 413


def test_largest_body(server):
    code = "print(1)#"
    frame = len(json.dumps({"language": "python3", "code": code}))
    assert stdout_of(server.post(RUN, {"language": "python3", "code": code + "x" * (1048576 - frame)})) == "1\n"


def test_half_close_after_a_request(server):
    with server.connect() as c:
        c.send(HEALTH)
        c.sock.shutdown(socket.SHUT_WR)
        assert c.response().body == b'"ok"'
        assert c.ended()


def test_half_close_inside_a_request(server):
    with server.connect() as c:
        c.send(HEALTH[:20])
        c.sock.shutdown(socket.SHUT_WR)
        while c.more():
            pass
    assert server.get("/health").status == 200


# Load


def test_slow_body_holds_no_slot(single):
    head, _, body = run_bytes("print('slow')").partition(b"\r\n\r\n")
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(single.connect()) for _ in range(10)]
        for c in slow:
            c.send(head, b"\r\n\r\n", body[:10])
        start = time.monotonic()
        assert single.says("print('fast')") == "fast\n"
        assert time.monotonic() - start < 2
        for c in slow:
            c.send(body[10:])
        assert [stdout_of(c.response()) for c in slow] == ["slow\n"] * 10


def test_many_idle_and_half_sent_connections(server):
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(server.connect()) for _ in range(1000)]
        half = [stack.enter_context(server.connect()) for _ in range(200)]
        whole = run_bytes("print(1)")
        for i, c in enumerate(half):
            c.send(whole[: 1 + i % (len(whole) - 1)])
        for i in range(5):
            assert server.says(f"print({i})") == f"{i}\n"
        idle[999].send(HEALTH)
        assert idle[999].response().status == 200
    assert server.get("/health").status == 200


def test_more_connections_than_there_may_be():
    """The one that has been idle longest makes room."""
    with Server({"max_workers": 1, "max_connections": 16}) as s, contextlib.ExitStack() as stack:
        idle = [stack.enter_context(s.connect()) for _ in range(40)]
        for i in range(3):
            assert s.says(f"print({i})") == f"{i}\n"
        idle[39].send(HEALTH)
        assert idle[39].response().status == 200


def test_a_client_that_sends_and_never_reads(server):
    """Its requests wait in its own socket, not in our memory."""
    before = server.resident_kb()
    with server.connect(timeout=0.3) as c:
        sent = c.push(HEALTH * 600000)
        assert sent < len(HEALTH) * 600000
        assert server.resident_kb() < before + 8192
        assert server.says("print(1)") == "1\n"


def together(count, function):
    """count threads that start at once; what they returned."""
    results, gate = [None] * count, threading.Barrier(count)

    def one(i):
        gate.wait()
        try:
            results[i] = function(i)
        except BaseException as e:
            results[i] = e

    threads = [threading.Thread(target=one, args=(i,)) for i in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return results


def test_many_at_once():
    with Server({"max_workers": 4, "max_requests": 50, "worker_timeout": 30}) as s:
        got = together(100, lambda i: s.ask(run_bytes(f"import time; time.sleep(0.1); print({i})"), timeout=60))
        assert {g.status for g in got} == {200, 503}
        for i, g in enumerate(got):
            if g.status == 200:
                assert g.json()["data"] == {"stdout": f"{i}\n", "stderr": "", "error": "", "exit_code": 0}
            else:
                assert g.body == BUSY
        assert sum(g.status == 200 for g in got) >= 50
        assert s.says("print(1)") == "1\n"


def test_max_requests():
    with Server({"max_workers": 1, "max_requests": 1, "worker_timeout": 10}) as s, s.connect() as c:
        c.send(run_bytes("import time; time.sleep(0.5); print(1)"))
        s.wait_program()
        got = s.ask(run_bytes("print(2)"))
        assert (got.status, got.body) == (503, BUSY)
        assert s.get("/health").status == 200
        assert stdout_of(c.response()) == "1\n"
        assert s.says("print(3)") == "3\n"


def test_503_keeps_the_connection():
    with Server({"max_workers": 1, "max_requests": 1, "worker_timeout": 10}) as s, s.connect() as first, s.connect() as c:
        first.send(run_bytes("import time; time.sleep(0.5); print(1)"))
        s.wait_program()
        c.send(run_bytes("print(2)"))
        assert c.response().status == 503
        first.response()
        c.send(run_bytes("print(2)"))
        assert stdout_of(c.response()) == "2\n"


def test_runs_wait_in_order(single):
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(single.connect()) for _ in range(6)]
        for c in clients:
            c.send(run_bytes("import time; time.sleep(0.05); print(time.monotonic())"))
            time.sleep(0.02)
        ends = [float(stdout_of(c.response())) for c in clients]
    assert ends == sorted(ends)


def test_memory_comes_back(server):
    server.says("print(1)")
    before = server.resident_kb()
    for _ in range(2):
        got = together(2, lambda i: server.ask(run_bytes("print('\\x01' * (8 << 20))"), timeout=60))
        assert all(len(stdout_of(g)) == (8 << 20) + 1 for g in got)
    assert until(lambda: server.resident_kb() < before + 4096), (before, server.resident_kb())


def test_memory_of_bodies_comes_back():
    with Server({"max_workers": 1, "max_body_mb": 8}) as s:
        before = s.resident_kb()
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(s.connect()) for _ in range(5)]
            for c in clients:
                c.send(run_bytes("#" * (6 << 20))[:-1])
            assert until(lambda: s.resident_kb() > before + 20000)
        assert until(lambda: s.resident_kb() < before + 4096), (before, s.resident_kb())


def test_many_requests_leave_no_descriptor(server):
    def count():
        """Also of the ushers and their templates, which get some with each order."""
        own = (server.pid,), (server.server,), server.family()["usher"], server.family()["template"]
        return [descriptors_at_rest(pids) for pids in own]

    server.says("print(1)")
    server.wait_warm().wait_still()
    before = count()
    for i in range(20):
        server.says("print(1)")
        server.ask(b"nonsense\r\n\r\n")
    assert until(lambda: all(now <= then for now, then in zip(count(), before))), (before, count())


def test_an_answer_that_is_not_read_holds_no_slot(single):
    with single.connect() as c:
        c.send(run_bytes("print('x' * 15000000)"))
        assert until(lambda: "stdout=15000001" in single.log())
        assert single.says("print(1)") == "1\n"
        assert len(stdout_of(c.response())) == 15000001


@pytest.mark.parametrize("language, code", [("python3", "print(1)"), ("nodejs", "console.log(1)")])
def test_runs_are_warm(language, code):
    """Else all that is looked at here is the cold way."""
    with Server({"max_workers": 1}) as s:
        s.wait_warm(language, copies=False)
        for _ in range(3):
            assert s.says(code, language) == "1\n"
        warm, = (t for t in s.templates() if t["language"] == language and not t["network"])
        assert warm["runs"] == 3 and until(lambda: any(t["language"] == language and t["ready"] == 1 for t in s.templates()))


# Clients that leave


def test_disconnect_cancels_the_run(single):
    c = single.connect()
    c.send(run_bytes("import time; time.sleep(60)"))
    pids = single.wait_program()
    c.sock.close()
    start = time.monotonic()
    assert single.says("print(1)") == "1\n"
    assert time.monotonic() - start < 2
    assert pids and not pids.keys() & processes().keys()


def test_reset_cancels_the_run(single):
    c = single.connect()
    c.send(run_bytes("import time; time.sleep(60)"))
    single.wait_program()
    c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    c.sock.close()
    start = time.monotonic()
    assert single.says("print(1)") == "1\n"
    assert time.monotonic() - start < 2


def test_disconnect_takes_a_waiting_run_from_the_queue(single):
    with single.connect() as first:
        first.send(run_bytes("import time; time.sleep(0.5); print(1)"))
        single.wait_program()
        for _ in range(20):
            with single.connect() as c:
                c.send(run_bytes("import time; time.sleep(5)"))
        start = time.monotonic()
        assert single.says("print(2)") == "2\n"
        assert time.monotonic() - start < 3
        assert stdout_of(first.response()) == "1\n"


def test_disconnect_with_more_requests_behind(single):
    """A client that pipelines and leaves is seen too, although its next request was not read yet."""
    c = single.connect()
    c.send(run_bytes("import time; time.sleep(60)"), run_bytes("print(2)"), HEALTH)
    single.wait_program()
    c.sock.close()
    start = time.monotonic()
    assert single.says("print(1)") == "1\n"
    assert time.monotonic() - start < 2


def test_half_close_during_a_run_frees_the_slot(single):
    """As a close: the two cannot be told apart, and clients that leave are the ones there are."""
    with single.connect() as c:
        c.send(run_bytes("import time; time.sleep(60)"))
        single.wait_program()
        c.sock.shutdown(socket.SHUT_WR)
        start = time.monotonic()
        assert single.says("print(1)") == "1\n"
        assert time.monotonic() - start < 2


# Signals


def in_thread(function):
    result = []
    t = threading.Thread(target=lambda: result.append(function()))
    t.start()

    def join():
        t.join()
        return result[0]

    return join


def refuses(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return False
    except ConnectionRefusedError:
        return True
    except OSError:
        return False


@pytest.mark.parametrize("signo", [signal.SIGTERM, signal.SIGINT], ids=["TERM", "INT"])
def test_sigterm_drains(signo):
    with Server({"max_workers": 1, "worker_timeout": 10}) as s, s.connect() as idle, s.connect() as c, s.connect() as queued:
        idle.send(HEALTH)
        idle.response()
        c.send(run_bytes("import time; time.sleep(0.7); print('done')"))
        s.wait_program()
        queued.send(run_bytes("print('queued')"))
        time.sleep(0.1)
        s.process.send_signal(signo)
        assert until(lambda: refuses(s.port), 0.5)
        assert idle.ended()
        got = c.response()
        assert stdout_of(got) == "done\n" and c.ended()
        assert stdout_of(queued.response()) == "queued\n"
        assert s.process.wait(3) == 0


def test_sigterm_when_idle():
    with Server({"max_workers": 1}) as s, s.connect(), s.connect() as half:
        s.wait_warm()
        half.send(HEALTH[:10])
        time.sleep(0.05)
        s.process.send_signal(signal.SIGTERM)
        assert s.process.wait(2) == 0


def test_second_sigterm():
    with Server({"max_workers": 2, "worker_timeout": 60}) as s, s.connect() as a, s.connect() as b:
        a.send(run_bytes("import time; time.sleep(60)"))
        b.send(run_bytes("import time; time.sleep(60)"))
        s.wait_program(2)
        pids = s.descendants()
        s.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        assert s.process.poll() is None
        s.process.send_signal(signal.SIGTERM)
        s.process.wait(2)
        assert until(lambda: not pids.keys() & processes().keys(), 2)


def test_kill_9_leaves_nothing():
    with Server({"max_workers": 2, "worker_timeout": 60}, expected_errors="privileged process is gone|No such process") as s, s.connect() as a, s.connect() as b:
        s.wait_warm()
        a.send(run_bytes("import time; time.sleep(60)"))
        b.send(run_bytes("setInterval(() => {}, 1000)", "nodejs"))
        uids = set(s.wait_program(2).values())
        assert len(uids) == 2
        pids = s.descendants()
        s.process.kill()
        s.process.wait()
        assert until(lambda: not pids.keys() & processes().keys(), 2)
        assert not uids & {uid for _, uid in processes().values()}


def test_server_after_kill_9_starts_clean():
    """What the killed one left in its scratch directories is gone before the first run."""
    with Server({"max_workers": 1, "worker_timeout": 60}, expected_errors="privileged process is gone|No such process") as s, s.connect() as c:
        c.send(run_bytes("import time; open('left', 'w').close(); time.sleep(60)"))
        uids = set(s.wait_program().values())
        time.sleep(0.3)
        s.process.kill()
        s.process.wait()
        assert until(lambda: not uids & {uid for _, uid in processes().values()}, 2)
    with Server({"max_workers": 1}) as s:
        assert s.says("import os; print(os.listdir())") == "[]\n"


def test_sigpipe_of_the_log_is_survived(tmp_path):
    """The reader of the log goes away; the server does not."""
    port = free_port()
    process = subprocess.Popen(
        [BINARY, "serve", "--set", f"app.port={port}", "--set", "listen=127.0.0.1"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(API_KEY=KEY), cwd=tmp_path,
    )
    try:
        assert until(lambda: not refuses(port))
        process.stdout.close()
        for _ in range(2):
            with Connection(port) as c:
                c.send(run_bytes("print(1)"))
                assert stdout_of(c.response()) == "1\n"
    finally:
        process.kill()
        process.wait()


# Logs


def access_lines(server, form="text"):
    found = []
    for line in server.log().splitlines():
        if form == "json":
            found.append(json.loads(line))
        else:
            found.append(dict(re.findall(r' (\w+)=("(?:[^"\\]|\\.)*"|\S+)', line)))
    return found


TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_log_line_of_a_run():
    with Server({"max_workers": 1}) as s:
        s.post(RUN, {"language": "python3", "code": "import sys; sys.exit(3)"}, "X-Request-Id: req-42", f"traceparent: {TRACE}")
        line = until(lambda: next((l for l in s.log().splitlines() if "req-42" in l), None))
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info +\w+ ", line)
        for word in ("python3", "exited", "200", TRACE):
            assert word in line, line


def test_log_line_as_json():
    with Server({"max_workers": 1, "log_format": "json"}) as s:
        s.post(RUN, {"language": "nodejs", "code": "1"}, 'X-Request-Id: a"b\\c', f"traceparent: {TRACE}")
        s.get("/nothing")
        s.ask(b"nonsense\r\n\r\n")
        assert until(lambda: "nodejs" in s.log())
        lines_ = [json.loads(line) for line in s.log().splitlines()]
        assert all({"time", "level", "event"} <= set(line) for line in lines_)
        line = next(line for line in lines_ if "nodejs" in line.values())
        assert 'a"b\\c' in line.values() and TRACE in line.values()
        assert "ok" in line.values() and 200 in line.values()
        assert any(k.endswith("_ms") and isinstance(v, int) for k, v in line.items())


def test_request_id_is_answered(server):
    got = server.post(RUN, {"language": "python3", "code": "1"}, "X-Request-Id: req-43")
    assert got.headers["x-request-id"] == "req-43"


def test_request_id_is_made_up_where_there_is_none(server):
    ids = {server.get("/health").headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3 and "" not in ids


def test_request_id_that_is_too_long_is_not_used(server):
    got = server.get("/health", "X-Request-Id: " + "x" * 5000)
    assert got.status == 200 and len(got.headers["x-request-id"]) < 100


def test_request_id_cannot_forge_a_line():
    with Server({"max_workers": 1}) as s:
        s.post(RUN, {"language": "python3", "code": "1"}, 'X-Request-Id: a b=c" d')
        s.get("/%0A2026-01-01T00:00:00.000Z%20info%20forged%20a=b%0D%1b[2J")
        assert "\x1b" not in s.log() and "\r" not in s.log()
        own = [line for line in s.log().split("\n")[:-1] if not re.match("try: |  ", line)]
        assert not any(" forged " in line[:50] for line in own)
        assert all(re.match(r"\d{4}-\d\d-\d\dT", line) for line in own)


@pytest.mark.parametrize("char", ["\x85", "\x9b", "\u2028", "\u2029"], ids=ascii)
def test_log_holds_no_control_character(char):
    """C1 controls move a terminal's cursor too, and some readers break lines at the separators."""
    with Server({"max_workers": 1}) as s:
        s.post(RUN, {"language": "python3", "code": "1"}, f"X-Request-Id: x{char}y")
        s.get("/" + urllib.parse.quote(f"x{char}y"))
        assert until(lambda: "path=/v1/sandbox/run" in s.log()) and char not in s.log()


@pytest.mark.parametrize("debug", ["false", "true"])
def test_log_holds_no_secret(debug):
    """Neither the key that is set, nor one that is tried, nor code, nor output, nor a body."""
    with Server({"max_workers": 1, "app.debug": debug}) as s:
        s.python("print('quiet' + 'output')  # secretcode", preload="# secretcode")
        s.python("import sys; sys.stderr.write('quiet' + 'output'); sys.exit(1)  # secretcode")
        s.post(RUN, "secretcode")
        s.post(RUN, {"language": "python3", "code": "secretcode"}, key="triedkey")
        s.get(DEPENDENCIES + "?language=python3")
        log = s.log()
        assert log
        for word in (KEY, "triedkey", "secretcode", "quietoutput"):
            assert word not in log


def test_log_path(tmp_path):
    path = tmp_path / "x.log"
    with Server({"max_workers": 1, "log_path": str(path)}) as s:
        s.says("print(1)")
        assert until(lambda: "python3" in path.read_text())


def test_warning_while_the_key_is_the_default():
    with Server({"max_workers": 1, "app.key": "dify-sandbox"}) as s:
        assert until(lambda: re.search("warn.*(key|KEY)", s.log())), s.log()
        assert s.post(RUN, {"language": "python3", "code": "print(1)"}, key="dify-sandbox").status == 200


def test_start_says_port_and_layers(server):
    assert str(server.port) in server.log() and "seccomp" in server.log()


# Starting


def start(*args, cwd, seconds=10, **env):
    return subprocess.run(
        [BINARY, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, cwd=cwd, env=environment(**env)
    )


def fails(got, *words):
    assert got.returncode == 1, got
    said = got.stderr + got.stdout
    for word in words:
        assert re.search(word, said), said
    assert said.count("\n") <= 5, said


def test_start_without_a_root_filesystem(tmp_path):
    got = start("serve", cwd=tmp_path, SANDBOX_PYTHON_ROOTFS="/no/python", SANDBOX_NODEJS_ROOTFS="/no/node")
    fails(got, "root filesystem", "/no/python: No such file or directory", "/no/node: No such file or directory")


def test_start_with_unusable_root_filesystems(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").write_text("")
    got = start("serve", cwd=tmp_path, SANDBOX_PYTHON_ROOTFS=tmp_path / "a", SANDBOX_NODEJS_ROOTFS=tmp_path / "b")
    fails(got, "root filesystem", "no interpreter in it", "Not a directory")


def test_start_with_one_language(tmp_path):
    (tmp_path / "a").mkdir()
    with Server({"max_workers": 1, "nodejs_rootfs": tmp_path / "a"}) as s:
        assert s.says("print(1)") == "1\n"
        got = s.post(RUN, {"language": "nodejs", "code": "1"})
        assert got.json()["code"] != 0 and got.json()["data"] is None
        assert "no interpreter" in got.json()["message"] or "nodejs" in got.json()["message"], got.body
        assert "no interpreter in it" in s.log()


def test_start_with_a_bad_config(tmp_path):
    (tmp_path / "c.yaml").write_text("app:\n  port: 8194\nmax_workers: 0\n")
    fails(start("serve", "--config", "c.yaml", cwd=tmp_path), r"c\.yaml:3: max_workers: 0 is not between 1 and 1024")


def test_start_with_a_config_that_is_not_there(tmp_path):
    fails(start("--config", "no.yaml", cwd=tmp_path), r"no\.yaml: No such file or directory")


def test_start_with_a_bad_environment(tmp_path):
    fails(start("serve", cwd=tmp_path, MAX_WORKERS="many"), "environment MAX_WORKERS: max_workers: many is not a whole number")


def test_start_with_a_bad_setting(tmp_path):
    fails(start("serve", "--set", "max_files=3", cwd=tmp_path), "max_files: 3 is not between 16 and 4096")
    fails(start("serve", "--set", "nonsense=3", cwd=tmp_path), "nonsense: unknown key")


def test_start_with_an_unknown_syscall(tmp_path):
    fails(start("serve", "--set", "allowed_syscalls=frobnicate", cwd=tmp_path), "allowed_syscalls: no system call is called frobnicate")


def test_start_with_the_port_in_use(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
        got = start("serve", "--set", f"app.port={port}", "--set", "listen=127.0.0.1", cwd=tmp_path)
    fails(got, str(port), "Address already in use|in use")


def test_config_of_the_working_directory(tmp_path):
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "config.yaml").write_text("app:\n  key: from-file\nmax_workers: 1\nunknown_thing: 1\n")
    with Server(cwd=tmp_path, API_KEY="") as s:
        assert s.post(RUN, {"language": "python3", "code": "print(1)"}, key="from-file").status == 200
        assert re.search(r"warn.*config\.yaml:4: .*unknown_thing", s.log())


def test_environment_is_over_the_file_and_the_command_line_over_both(tmp_path):
    (tmp_path / "c.yaml").write_text("app:\n  key: a\nenable_network: true\n")
    with Server({"app.key": "c"}, args=["--config", str(tmp_path / "c.yaml")], API_KEY="b", ENABLE_NETWORK="false") as s:
        body = {"language": "python3", "code": "print(1)", "enable_network": True}
        assert [s.post(RUN, body, key=k).status for k in "abc"] == [401, 401, 200]
        assert s.post(RUN, body, key="c").json()["code"] == -400


def test_serve_is_the_default_command(tmp_path):
    port = free_port()
    process = subprocess.Popen(
        [BINARY], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=environment(SANDBOX_PORT=port, SANDBOX_LISTEN="127.0.0.1"), cwd=tmp_path,
    )
    try:
        assert until(lambda: not refuses(port))
    finally:
        process.terminate()
        assert process.wait(3) == 0


def test_start_is_quick():
    start_ = time.monotonic()
    with Server({"max_workers": 4}):
        assert time.monotonic() - start_ < 1
