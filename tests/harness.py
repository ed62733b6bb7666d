"""
What the black-box tests share: a server of one's own, runs on it, and a bare interpreter.

    with Server(MAX_WORKERS=1) as server:
        answer = server.run("python3", "print(1 + 1)")

Each Server is a process of its own with a port of its own, in an environment that is built here;
the keyword arguments are environment variables. When it stops, its log is read: a sanitizer's
report, or an error line that the test did not announce, is a failure (ServerFault). Several may
run at once. Only processes that were started here are ended here.

    with Server(mode="warm") as server:     one of MODES: how a program comes to its interpreter
        server.run("nodejs", "1")
        server.assert_warm()                every run so far was a copy of a template

    SANDBOX_BIN             the binary under test           ./sandbox
    SANDBOX_PYTHON_ROOTFS   the root filesystems            rootfs/python
    SANDBOX_NODEJS_ROOTFS                                   rootfs/node

`harness.py soak N` is the leak check of run.sh: N requests of mixed kinds, then SIGTERM.
"""
import atexit
import contextlib
import glob
import http.client
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BINARY = os.path.abspath(os.environ.get("SANDBOX_BIN", os.path.join(ROOT, "sandbox")))
LOGS = os.path.join(ROOT, "build", "test")
ROOTFS = {
    "python3": os.environ.get("SANDBOX_PYTHON_ROOTFS", os.path.join(ROOT, "rootfs", "python")),
    "nodejs": os.environ.get("SANDBOX_NODEJS_ROOTFS", os.path.join(ROOT, "rootfs", "node")),
}
INTERPRETERS = {
    "python3": ("/usr/local/bin/python3", "/usr/bin/python3", "/bin/python3"),
    "nodejs": ("/usr/local/bin/node", "/usr/bin/node", "/usr/bin/nodejs"),
}
PATH = "/usr/local/bin:/usr/bin:/bin"  # inside a root filesystem
MODES = {
    "cold": ("templates=false",),                          # an interpreter of its own for each run
    "warm": ("templates=true", "ready_children=false"),    # a copy of a warm one, made for the request
    "ready": ("templates=true", "ready_children=true"),    # a copy that was made before it, where there is one
}
BARE_UID = 64999                        # nobody's, and no slot's
SANITIZER = re.compile(r"(Address|Leak|UndefinedBehavior|Thread)Sanitizer|runtime error:")
ERROR_LINE = re.compile(r'^\S+Z error |^\{"time":"[^"]*","level":"error"')

_serial = itertools.count(1)
_alive = set()                          # processes of servers


@atexit.register
def _end_all():
    for process in _alive:
        process.kill()


def language_of(name):
    """The API's name of a program's language."""
    return {".py": "python3", ".js": "nodejs"}[os.path.splitext(name)[1]]


def program(path):
    """A program's text, its line ends kept."""
    with open(path, encoding="utf-8", newline="") as f:
        return f.read()


def free_port():
    with socket.socket(socket.AF_INET6 if socket.has_ipv6 else socket.AF_INET) as s:
        try:
            s.bind(("", 0))
        except OSError:  # no IPv6 here
            with socket.socket() as four:
                four.bind(("", 0))
                return four.getsockname()[1]
        return s.getsockname()[1]


class ServerFault(AssertionError):
    """The server did something that no program may make it do."""


class Answer:
    """A response. For a run that took place, data's members are attributes."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.json = None
        with contextlib.suppress(ValueError):
            self.json = json.loads(body)
        data = self.json.get("data") if isinstance(self.json, dict) else None
        self.data = data if isinstance(data, dict) else {}

    def __getattr__(self, name):
        try:
            return self.data[name]
        except KeyError:
            raise AssertionError(f"no {name} in the answer: {self.status} {self.body[:500]!r}") from None

    def __repr__(self):
        return f"<{self.status} {self.body[:2000]!r}>"


class Server:
    """
    A running server. settings: environment variables; args: more words of the command line. With a mode it is ready
    when its templates are; where templates cannot be had (strict=False), self.warm names the languages that have them.
    """

    def __init__(self, *, binary=None, args=(), expected_errors=(), mode=None, strict=True, **settings):
        self.binary = binary or BINARY
        self.expected_errors = [re.compile(e) for e in expected_errors]
        self.key = str(settings.get("API_KEY", "Kq7-server-secret"))
        self.port = free_port()
        self.number = next(_serial)
        os.makedirs(LOGS, exist_ok=True)
        self.log = os.path.join(LOGS, f"server-{os.getpid()}-{self.number}.log")
        self.cwd = tempfile.mkdtemp(prefix="sandbox-test-")  # no conf/config.yaml in it
        variables = {"SANDBOX_PORT": self.port, "API_KEY": self.key, **settings}
        args = [*args, *(word for option in MODES.get(mode, ()) for word in ("--set", option))]
        argv, env = self._command(args, {k: str(v) for k, v in variables.items()})
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                argv, env=env, cwd=self.cwd, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        self.pid = self.process.pid  # the server's; in a container not the process that was started here
        _alive.add(self.process)
        self.silences = 0
        self.max_files = int(settings.get("SANDBOX_MAX_FILES", 256))
        self.ran, self.ran_lock = Counter(), threading.Lock()  # runs that took place, by language
        self.warm = set()
        try:
            self._await_health()
            self._await_templates(mode not in (None, "cold"), strict)
            self.own = self._own()
            self.slots = self._without_templates(self._slots())
        except BaseException:
            self._end()
            raise

    def _command(self, args, variables):
        """The command line, and its environment."""
        return [self.binary, "serve", *args], {
            "PATH": os.environ.get("PATH", os.defpath),
            "SANDBOX_PYTHON_ROOTFS": ROOTFS["python3"],
            "SANDBOX_NODEJS_ROOTFS": ROOTFS["nodejs"],
            **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")},
            **variables,
        }

    def _await_health(self):
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise ServerFault(f"the server ended at its start: {self.process.returncode}\n{self.text()}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.request("GET", "/health", timeout=5).status == 200:
                    return
            time.sleep(0.01)
        raise ServerFault(f"no answer on port {self.port} after 20 s\n{self.text()}")

    def templates(self):
        """What /health?verbose says of them: a list of rows, empty without them."""
        return self.request("GET", "/health?verbose", headers={"X-Api-Key": self.key}).json.get("templates", [])

    def _await_templates(self, wanted, strict):
        """Until none is about to start: from then on the descriptors are as many, and runs are warm."""
        until = time.monotonic() + 60
        rows = []
        while (wanted and not rows) or any(row["state"] in ("due", "starting") for row in rows or [{"state": "due"}]):
            if time.monotonic() > until:
                raise ServerFault(f"no templates after 60 s: {rows}\n{self.text()}")
            time.sleep(0.02)
            rows = self.templates()
            if not rows and not wanted:
                return
        self.warm = {row["language"] for row in rows if row["state"] == "ready" and not row["network"]}
        if wanted and strict and len(self.warm) < 2:
            raise ServerFault(f"templates are not ready: {rows}\n{self.text()}")

    def assert_warm(self, but=0):
        """The templates of each language have served as many runs as took place, but for so many that went cold."""
        until = time.monotonic() + 5
        while True:
            served = Counter()
            for row in self.templates():
                served[row["language"]] += row["runs"]
            with self.ran_lock:
                wrong = {language: (served[language], self.ran[language])
                         for language in self.warm if not 0 <= self.ran[language] - served[language] <= but}
            if not wrong:
                return
            if time.monotonic() > until:
                raise ServerFault(f"not all runs were warm: {{language: (warm, all)}} is {wrong}; {self.templates()}")
            time.sleep(0.1)

    def _health(self):
        return self.request("GET", "/health?verbose").json

    def _processes(self):
        """Every process of the server's: with runs, ushers, templates and their copies."""
        children = {}
        for stat in glob.glob("/proc/[0-9]*/stat"):
            with contextlib.suppress(OSError, ValueError):
                parent = int(open(stat).read().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(stat.split("/")[2]))
        pids, new = set(), [self.pid]
        while new:
            pids.update(new)
            new = [child for pid in new for child in children.get(pid, ())]
        return pids

    def _own(self):
        """Of these monitor (which was started), server, keeper: they stay the same."""
        pids = {self.pid}
        for pid in self._processes():
            with contextlib.suppress(OSError, ValueError):
                name, _, rest = open(f"/proc/{pid}/stat").read().partition("(")[2].rpartition(")")
                if int(rest.split()[1]) == self.pid and name in ("sandbox", "sandbox-keeper"):
                    pids.add(pid)
        return pids

    def _is_waiting(self, pid):
        """A copy that has no run yet, or a run that is on its way: it holds a descriptor above those of programs."""
        try:
            return max(map(int, os.listdir(f"/proc/{pid}/fd"))) >= self.max_files
        except (OSError, ValueError):
            return False

    def _slots(self):
        """
        {uid: scratch directories}, read from the descriptors that the monitor holds. With the mount
        layer they are below its own root.
        """
        slots = {}
        for pid in self.own:
            for fd in glob.glob(f"/proc/{pid}/fd/*"):
                with contextlib.suppress(OSError):
                    path = os.readlink(fd)
                    found = re.search(r"/(?:tmp|run/sandbox)/(\d+)$|^/(\d+)/scratch$", path)
                    if found:
                        place = f"/proc/{pid}/root{path}" if found.group(2) else path
                        slots.setdefault(int(found.group(1) or found.group(2)), set()).add(place)
        return slots

    def _without_templates(self, slots):
        """Theirs are the last uids of a block; those of the slots are in a row."""
        first = min(slots, default=0)
        return {uid: dirs for uid, dirs in slots.items() if uid < first + self._health()["slots"]["total"]}

    def request(self, method, path, body=None, headers=None, timeout=60):
        if self.silences >= 3:  # or a server that hangs would cost a minute for each test
            raise ServerFault(f"the server on port {self.port} has stopped to answer; its log: {self.log}")
        conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            conn.request(method, path, body, {"Connection": "close", **(headers or {})})
            response = conn.getresponse()
            return Answer(response.status, response.headers, response.read())
        except TimeoutError:
            self.silences += 1
            raise
        finally:
            conn.close()

    def run(self, language, code, *, timeout=60, **members):
        body = json.dumps({"language": language, "code": code, **members}).encode()
        headers = {"X-Api-Key": self.key, "Content-Type": "application/json"}
        answer = self.request("POST", "/v1/sandbox/run", body, headers, timeout)
        if answer.status == 200 and answer.json["code"] == 0:
            with self.ran_lock:
                self.ran[language] += 1
        return answer

    def text(self):
        """The log so far."""
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def descriptors(self):
        """Of the server's own processes."""
        found = []
        for pid in self.own:
            for fd in glob.glob(f"/proc/{pid}/fd/*"):
                with contextlib.suppress(FileNotFoundError):
                    found.append(os.readlink(fd))
        return found

    def fd_count(self):
        """
        The number of descriptors at rest: the last connection may be closing. Without those of copies that wait, whose
        number is not always the same: each has a pidfd, a line, and a listener. A run that has been answered and is
        about to end has no line.
        """
        counts = []
        until = time.monotonic() + 5
        while self._health()["slots"]["busy"] > 0 and time.monotonic() < until:
            time.sleep(0.01)
        for _ in range(10):
            held = self.descriptors()
            counts.append(len(held) - 2 * sum("[pidfd]" in d for d in held) - sum("seccomp notify" in d for d in held))
            time.sleep(0.03)
        return min(counts)

    def mounted(self):
        """Is a slot's scratch directory a tmpfs of the monitor's?"""
        return any(d.startswith("/proc/") for dirs in self.slots.values() for d in dirs)

    def left_processes(self):
        """Lines about every process that runs under one of the slots' uids, but for one copy each that waits for a run."""
        left, waiting = [], set()
        for status in glob.glob("/proc/[0-9]*/status"):
            with contextlib.suppress(OSError):
                text = open(status, errors="replace").read()
                uids = set(map(int, re.search(r"^Uid:\s+(.*)$", text, re.M).group(1).split()))
                if uids & set(self.slots):
                    if not uids & waiting and self._is_waiting(int(status.split("/")[2])):
                        waiting |= uids
                        continue
                    left.append(" ".join(text.split("\n", 3)[:3]) + f" {sorted(uids)}")
        return left

    def left_files(self):
        return [os.path.join(d, name) for dirs in self.slots.values() for d in dirs for name in os.listdir(d)]

    def assert_clean(self, fd_count=None):
        """Nothing is left of any run: processes, files, and (where the count before is given) descriptors."""
        until = time.monotonic() + 5  # what is just being closed may take a moment
        while True:
            faults = []
            processes, files = self.left_processes(), self.left_files()
            if not self.slots:
                faults.append("the slots' directories were not found")
            if processes:
                faults.append(f"processes left: {processes[:5]}")
            if files:
                faults.append(f"{len(files)} files left: {files[:5]}")
            if fd_count is not None and self.fd_count() != fd_count:
                faults.append(f"{fd_count} descriptors before, now: {sorted(self.descriptors())}")
            if not faults:
                return
            if time.monotonic() > until:
                raise ServerFault("; ".join(faults))
            time.sleep(0.1)

    def _end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        _alive.discard(self.process)
        shutil.rmtree(self.cwd, ignore_errors=True)

    def stop(self):
        """SIGTERM, then the verdict on its exit and its log."""
        faults = []
        if self.process.poll() is not None:
            faults.append(f"the server had ended before it was told to: {self.process.returncode}")
        else:
            self.process.send_signal(signal.SIGTERM)
            try:
                if self.process.wait(30) != 0:
                    faults.append(f"the server ended with {self.process.returncode} after SIGTERM")
            except subprocess.TimeoutExpired:
                faults.append("the server runs 30 s after SIGTERM")
        self._end()
        text = self.text()
        if SANITIZER.search(text):
            faults.append("a sanitizer's report:\n" + text[SANITIZER.search(text).start() - 200:][:5000])
        for line in text.splitlines():
            if ERROR_LINE.search(line) and not any(e.search(line) for e in self.expected_errors):
                faults.append("an error in the log: " + line)
        if faults:
            raise ServerFault("\n".join(faults[:20]) + f"\n(all of it: {self.log})")
        os.unlink(self.log)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.stop()
        else:
            self._end()


# Runs as a process of its own: what a jail does but for the jail. over: the same directory at those places.
_ENTER = """
import ctypes, os, signal, sys
root, cwd, uid, over, *argv = sys.argv[1:]
if over:
    libc = ctypes.CDLL(None, use_errno=True)
    def must(result):
        if result != 0:
            raise OSError(ctypes.get_errno(), "mount namespace")
    must(libc.unshare(0x20000))                                # CLONE_NEWNS
    must(libc.mount(b"none", b"/", None, 0x44000, None))       # MS_REC | MS_PRIVATE
    for place in over.split(":"):
        if os.path.isdir(root + place):
            must(libc.mount((root + cwd).encode(), (root + place).encode(), None, 0x1000, None))  # MS_BIND
    cwd = over.rpartition(":")[2]
for s in (signal.SIGPIPE, signal.SIGXFSZ):
    signal.signal(s, signal.SIG_DFL)
os.umask(0o022)
os.chroot(root)
os.chdir(cwd)
os.setgroups([])
os.setresgid(int(uid), int(uid), int(uid))
os.setresuid(int(uid), int(uid), int(uid))
os.execve(argv[0], argv, {"PATH": "%s", "HOME": cwd, "TMPDIR": cwd, "LANG": "C.UTF-8"})
""" % PATH


class Ended:
    """How a bare run ended: exit_code is -1 for a death by signal."""

    def __init__(self, stdout, stderr, returncode):
        self.stdout, self.stderr = stdout, stderr
        self.exit_code = returncode if returncode >= 0 else -1


def real_in(root, path):
    """What the path leads to in there, with every link in it followed."""
    done, rest = "", path.split("/")
    while rest:
        part = rest.pop(0)
        if part == "..":
            done = os.path.dirname(done)
        elif part not in ("", ".") and os.path.islink(f"{root}{done}/{part}"):
            target = os.readlink(f"{root}{done}/{part}")
            done, rest = "" if target.startswith("/") else done, target.split("/") + rest
        elif part not in ("", "."):
            done = f"{done}/{part}"
    return done


def interpreter(language):
    """Where it is inside its root filesystem. The server looks in the same order, and as Node does itself where it is."""
    for path in INTERPRETERS[language]:
        if os.path.lexists(ROOTFS[language] + path):
            return path if language == "python3" else real_in(ROOTFS[language], path)
    raise AssertionError(f"no interpreter in {ROOTFS[language]}; run make rootfs")


def bare(language, code, timeout=60, mounted=False):
    """
    Run a program by the root filesystem's interpreter, without a jail: chroot, a uid of nobody's, an empty cwd.
    mounted: which is /tmp, and what is at /dev/shm and /var/tmp as well, as with the mount layer.
    """
    root = ROOTFS[language]
    outside = tempfile.mkdtemp(prefix="same-", dir=os.path.join(root, "tmp"))
    cwd = outside[len(root):]
    over = "/var/tmp:/dev/shm:/tmp" if mounted else ""  # /tmp last: outside is below it
    try:
        os.chown(outside, BARE_UID, BARE_UID)
        if language == "python3":
            argv = [interpreter(language), "-c", code]
        else:
            with open(os.path.join(outside, "code.js"), "w", encoding="utf-8", newline="") as f:
                f.write(code)
            argv = [interpreter(language), "code.js"]
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _ENTER, root, cwd, str(BARE_UID), over, *argv],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, close_fds=True,
        )
        return Ended(done.stdout, done.stderr, done.returncode), "/tmp" if mounted else cwd
    finally:
        shutil.rmtree(outside, ignore_errors=True)


class Pool:
    """Clients that work ahead of the tests that ask for their results."""

    def __init__(self, clients):
        self.executor = ThreadPoolExecutor(clients)
        self.futures = {}

    def submit(self, key, function, *args):
        self.futures[key] = self.executor.submit(function, *args)

    def result(self, key):
        return self.futures[key].result()

    def close(self):
        for f in self.futures.values():
            f.cancel()
        self.executor.shutdown()


# The leak check. Each row: language, program, what exit_code must be (None: the answer is no run's).
SOAK = (
    ("python3", "print(1)", 0),
    ("python3", "raise ValueError('no')", 1),
    ("nodejs", "console.log(1)", 0),
    ("python3", "import os; os.fork()", 1),
    ("python3", "print('x' * 300000)", 0),
    ("python3", "import os; os.kill(os.getpid(), 9)", -1),
    ("python3", "import sys; sys.exit(7)", 7),
    ("python3", "open('left', 'w').write('x' * 10000)", 0),
    ("nodejs", "throw new Error('no')", 1),
    ("ruby", "puts 1", None),
)


def _soak_one(server, n):
    language, code, exit_code = SOAK[n % len(SOAK)]
    kind = n % 50
    headers = {"X-Api-Key": server.key}
    if kind == 11:  # what is refused before it is a run
        answer = server.request("POST", "/v1/sandbox/run", b'{"language": "python3", "code": ', headers)
        assert answer.status == 400, answer
    elif kind == 22:
        assert server.request("POST", "/v1/sandbox/run", b"{}", {"X-Api-Key": "wrong"}).status == 401
    elif kind == 33:
        assert server.request("GET", "/nothing/here").status == 404
    elif kind == 44:  # a client that goes away
        with socket.create_connection(("127.0.0.1", server.port)) as s:
            body = b'{"language":"python3","code":"import time; time.sleep(9)"}'
            s.sendall(b"POST /v1/sandbox/run HTTP/1.1\r\nHost: a\r\nX-Api-Key: %s\r\nContent-Length: %d\r\n\r\n%s"
                      % (server.key.encode(), len(body), body))
            time.sleep(0.05)
    else:
        answer = server.run(language, code)
        if exit_code is None:
            assert answer.status == 400, answer
        else:
            assert answer.status == 200 and answer.exit_code == exit_code, (code, answer)


def soak(n):
    """
    n requests where leaks are looked for, half as many with the mount layer. LeakSanitizer needs /proc, and
    traces its process: what has given everything up, or is in the tree of mounts, cannot have it.
    """
    _soak(n, SANDBOX_LAYERS="-server,-mount")
    options = os.environ.get("ASAN_OPTIONS", "")
    _soak(n // 2, SANDBOX_LAYERS="-server", ASAN_OPTIONS=f"{options}:detect_leaks=0".lstrip(":"))


def _soak(n, **settings):
    """n requests of mixed kinds by four clients; then the server must be clean, and end without a report."""
    with Server(MAX_WORKERS=4, WORKER_TIMEOUT=20, **settings) as server:
        server.run("python3", "1")
        before = server.fd_count()
        with ThreadPoolExecutor(4) as clients:
            for f in [clients.submit(_soak_one, server, i) for i in range(n)]:
                f.result()
        server.assert_clean(before)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "soak" or not sys.argv[2].isdigit():
        sys.exit("usage: harness.py soak N")
    try:
        soak(int(sys.argv[2]))
    except AssertionError as e:
        sys.exit(f"{type(e).__name__}: {e}")
    print(f"{sys.argv[2]} requests, no report")
