"""
The server under test: started on a free port, asked, looked at from outside, stopped.

    with Server({"max_workers": 1}) as s:
        s.python("print(1)")["stdout"] == "1\n"

What harness.py's Server does not give: settings by --set, raw connections, and a
look at the programs that run. Binary and root filesystems are harness.py's.
"""
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time

from harness import BINARY, ERROR_LINE, ROOTFS, SANITIZER

KEY = "Kq7-server-secret"
ROOTS = {"SANDBOX_PYTHON_ROOTFS": ROOTFS["python3"], "SANDBOX_NODEJS_ROOTFS": ROOTFS["nodejs"]}
RUN = "/v1/sandbox/run"
DEPENDENCIES = "/v1/sandbox/dependencies"


def environment(**more):
    """What the binary is started with: nothing of the caller's but where the root filesystems are."""
    return {"PATH": "/nonexistent", **ROOTS, **{k: str(v) for k, v in more.items()}}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def until(condition, seconds=5.0, pause=0.01):
    """Wait until condition() holds; its value, or the last one that did not."""
    deadline = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(pause)
    return value


def processes():
    """pid -> (ppid, real uid) of everything that lives; zombies do not."""
    table = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{name}/status") as f:
            fields = dict(line.split(":\t", 1) for line in f if ":\t" in line)
            if fields["State"][0] not in "ZX":
                table[int(name)] = (int(fields["PPid"]), int(fields["Uid"].split()[0]))
    return table


def is_waiting(pid, max_files):
    """
    Does it hold what no program does, a descriptor from max_files on? A copy its line to the monitor, a cold run that
    is on its way its report. Or nothing any more: it ends.
    """
    try:
        held = [int(fd) for fd in os.listdir(f"/proc/{pid}/fd")]
    except OSError:
        return True
    return not held or max(held) >= max_files


def descriptors_at_rest(pids):
    """How many descriptors these hold, but for those of copies that wait: each has a pidfd, a line, and where there is one a listener."""
    links = []
    for pid in pids:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                links.append(os.readlink(f"/proc/{pid}/fd/{fd}"))
    return len(links) - 2 * sum("[pidfd]" in link for link in links) - sum("seccomp notify" in link for link in links)


def process_name(pid):
    with open(f"/proc/{pid}/comm") as f:
        return f.read().strip()


class Response:
    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.version, self.status, self.reason = (lines[0].split(" ", 2) + [""])[:3]
        self.status = int(self.status)
        self.headers = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            assert name.lower() not in self.headers, line
            self.headers[name.lower()] = value.strip()
        self.body = body

    def json(self):
        return json.loads(self.body)


class Connection:
    """A raw connection: bytes out, responses in."""

    def __init__(self, port, timeout=20):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = bytearray()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, *pieces):
        self.sock.sendall(b"".join(p if isinstance(p, bytes) else p.encode() for p in pieces))

    def push(self, data):
        """Send as much as the peer takes. How much that was."""
        sent = 0
        with contextlib.suppress(OSError):
            while sent < len(data):
                sent += self.sock.send(data[sent : sent + 65536])
        return sent

    def more(self):
        got = self.sock.recv(1 << 20)
        self.rest += got
        return bool(got)

    def quiet(self, seconds=0.3):
        """Read until the peer closes, or says nothing for so long."""
        self.sock.settimeout(seconds)
        with contextlib.suppress(TimeoutError):
            while self.more():
                pass
        return bytes(self.rest)

    def response(self, head_only=False):
        while b"\r\n\r\n" not in self.rest:
            assert self.more(), f"closed inside a head: {self.rest!r}"
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        got = Response(bytes(head), b"")
        length = 0 if head_only or got.status < 200 or got.status == 204 else int(got.headers["content-length"])
        while len(self.rest) < length:
            assert self.more(), "closed inside a body"
        got.body, self.rest = bytes(self.rest[:length]), self.rest[length:]
        return got

    def ended(self):
        """Nothing more comes, and the peer has closed in order."""
        while self.more():
            pass
        return not self.rest


def post(path, body, *fields, key=KEY, version="1.1"):
    """The bytes of a POST."""
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
    if isinstance(body, str):
        body = body.encode("utf-8", "surrogatepass")
    head = [f"POST {path} HTTP/{version}", "Host: test", f"Content-Length: {len(body)}", *fields]
    if key is not None:
        head.append(f"X-Api-Key: {key}")
    return "\r\n".join(head).encode("utf-8") + b"\r\n\r\n" + body


def get(path, *fields, method="GET", key=KEY, version="1.1"):
    """The bytes of a request without a body."""
    head = [f"{method} {path} HTTP/{version}", "Host: test", *fields]
    if key is not None:
        head.append(f"X-Api-Key: {key}")
    return "\r\n".join(head).encode() + b"\r\n\r\n"


def run_bytes(code, language="python3", *fields, **more):
    return post(RUN, {"language": language, "code": code, **more}, *fields)


class Server:
    """`sandbox serve` with these settings; everything it says is in its log."""

    def __init__(self, settings=None, *, args=(), cwd=None, expected_errors=None, own_group=False, **env):
        self.expected_errors = expected_errors
        self.port = free_port()
        self.dir = tempfile.TemporaryDirectory(prefix="sandbox-test-")
        self.log_path = os.path.join(self.dir.name, "log")
        settings = {"listen": "127.0.0.1", "app.port": self.port, **(settings or {})}
        self.n_slots, self.max_files = int(settings.get("max_workers", 4)), int(settings.get("max_files", 256))
        sets = [a for k, v in settings.items() for a in ("--set", f"{k}={v}")]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [BINARY, "serve", *args, *sets],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment(**{"API_KEY": KEY, **env}), cwd=cwd or self.dir.name,
                preexec_fn=os.setpgrp if own_group else None,
            )
        self.pid = self.process.pid     # the monitor
        self.server = self.keeper = None

    def __enter__(self):
        try:
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind, *_):
        log = self.stop()
        assert not SANITIZER.search(log), log
        errors = [line for line in log.splitlines() if ERROR_LINE.search(line)]
        if self.expected_errors is not None:
            errors = [line for line in errors if not re.search(self.expected_errors, line)]
        assert kind is not None or not errors, errors

    def wait_ready(self):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"exit status {self.process.returncode}:\n{self.log()}")
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return True

        assert until(ready, 10), f"no answer:\n{self.log()}"
        assert until(self._find, 10), f"no server process:\n{self.log()}"

    def _find(self):
        """The monitor's own: each but the server says in its name what it is."""
        for pid in self.descendants():
            with contextlib.suppress(OSError, KeyError):
                if process_name(pid) == "sandbox-keeper":
                    self.keeper = pid
                elif process_name(pid) == "sandbox" and os.getsid(pid) == pid and processes()[pid][0] == self.pid:
                    self.server = pid
        return self.server

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        log = self.log()
        self.dir.cleanup()
        return log

    def log(self):
        with open(self.log_path, "rb") as f:
            return f.read().decode("utf-8", "replace")

    def descendants(self):
        """pid -> uid of what lives below the monitor."""
        table, found = processes(), {}
        grew = True
        while grew:
            grew = False
            for pid, (ppid, uid) in table.items():
                if pid not in found and (ppid == self.pid or ppid in found):
                    found[pid], grew = uid, True
        return found

    def first_uid(self):
        assert until(lambda: " uid=" in self.log())
        return int(re.search(r" uid=(\d+)", self.log()).group(1))

    def slot_uids(self):
        first = self.first_uid()
        return range(first, first + self.n_slots)

    def family(self):
        """name -> pids of what is below the monitor besides the programs."""
        table, found = self.descendants(), {"usher": [], "template": [], "copy": []}
        for pid in table:
            with contextlib.suppress(OSError):
                name = process_name(pid)
                if name == "sandbox-usher":
                    found["usher"].append(pid)
                elif not name.startswith("sandbox"):
                    found["copy" if is_waiting(pid, self.max_files) else "template"].append(pid)
        found["template"] = [pid for pid in found["template"] if table[pid] not in self.slot_uids()]
        return found

    def programs(self):
        """pid -> uid of the programs that run: not of a copy that waits for one."""
        return {pid: uid for pid, uid in self.descendants().items()
                if uid in self.slot_uids() and not is_waiting(pid, self.max_files)}

    def templates(self):
        with self.connect() as c:
            c.send(get("/health?verbose"))
            return c.response().json()["templates"]

    def wait_warm(self, language="python3", copies=True):
        """Until that language's runs without network are warm, and (copies) one is ready in each slot that is for it. This server."""
        def ready():
            mine = [t for t in self.templates() if t["language"] == language]
            return mine and mine[0]["state"] == "ready" and (mine[0]["ready"] > 0 or not copies)

        assert until(ready, 20), (self.templates(), self.log())
        return self

    def wait_still(self):
        """Until no template is about to start."""
        def still():
            return not any(t["state"] in ("due", "starting") for t in self.templates())

        assert until(still, 20), (self.templates(), self.log())
        return self

    def wait_program(self, count=1):
        assert until(lambda: len(self.programs()) >= count), "no program was started"
        return self.programs()

    def resident_kb(self):
        """Of the server process, which holds what clients send and get."""
        with open(f"/proc/{self.server}/status") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))

    def layer(self, name):
        """Is it on? The log's first line says so."""
        assert until(lambda: " layers=" in self.log())
        return name in re.search(r' layers="([^";]*)', self.log()).group(1).split()

    def connect(self, timeout=20):
        return Connection(self.port, timeout)

    def ask(self, data, timeout=20, head_only=False):
        with self.connect(timeout) as c:
            c.send(data)
            return c.response(head_only)

    def post(self, path, body, *fields, **more):
        return self.ask(post(path, body, *fields, **more))

    def get(self, path, *fields, **more):
        return self.ask(get(path, *fields, **more), head_only=more.get("method") == "HEAD")

    def run(self, code, language="python3", **more):
        """The whole answer to a run, which must be a 200."""
        got = self.post(RUN, {"language": language, "code": code, **more})
        assert got.status == 200, (got.status, got.body)
        return got.json()

    def python(self, code, **more):
        """The data of a Python run."""
        answer = self.run(code, **more)
        assert answer["code"] == 0, answer
        return answer["data"]

    def node(self, code, **more):
        answer = self.run(code, "nodejs", **more)
        assert answer["code"] == 0, answer
        return answer["data"]

    def says(self, code, language="python3", **more):
        """stdout of a run that must end well."""
        data = (self.python if language == "python3" else self.node)(code, **more)
        assert data["exit_code"] == 0, data
        return data["stdout"]
