"""
The server as an ordinary user: behind a user namespace with the root filesystems, and where
there is none ("-user") with the machine's own interpreters, Landlock, seccomp and rlimits alone.
"""
import contextlib
import glob
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import pytest

from harness import BINARY, ROOTFS, free_port

UID = 64998
KEY = "Kq7-server-secret"
MODES = {"user namespace": "", "Landlock alone": "-user"}
HERE = os.path.exists("/usr/bin/python3")


class Server:
    def __init__(self, mode, **settings):
        self.mode, self.port = mode, free_port()
        self.place = tempfile.mkdtemp(prefix="sandbox-test-")
        os.chmod(self.place, 0o755)
        binary = shutil.copy(BINARY, self.place)
        env = {"SANDBOX_PORT": str(self.port), "API_KEY": KEY, "SANDBOX_LAYERS": MODES[mode], "MAX_WORKERS": "2", **settings}
        if mode == "user namespace":
            env.update(SANDBOX_PYTHON_ROOTFS=ROOTFS["python3"], SANDBOX_NODEJS_ROOTFS=ROOTFS["nodejs"])
        self.log = open(os.path.join(self.place, "log"), "w+")
        self.process = subprocess.Popen(
            ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "--no-new-privs", "--bounding-set=-all",
             "--inh-caps=-all", binary, "serve"], env={**env, "PATH": os.environ["PATH"]}, cwd=self.place,
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        until = time.monotonic() + 20
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(OSError):
                if self.ask("GET", "/health")[0] == 200:
                    return
            time.sleep(0.02)
        self.end()
        raise AssertionError(f"it does not start: {self.text()}")

    def end(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.stop() if kind is None else self.end()

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, {"X-Api-Key": KEY})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def ask_quietly(self, code):
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.ask("POST", "/v1/sandbox/run", json.dumps({"language": "python3", "code": code}))

    def run(self, code, language="python3", network=False):
        status, answer = self.ask("POST", "/v1/sandbox/run", json.dumps({"language": language, "code": code, "enable_network": network}))
        assert status == 200 and answer["code"] == 0, answer
        return answer["data"]

    def says(self, code, **more):
        data = self.run(code, **more)
        assert data["exit_code"] == 0, data
        return data["stdout"]

    def layers(self):
        return {row["layer"]: row["on"] for row in self.ask("GET", "/health?verbose")[1]["isolation"]}

    def templates(self):
        return self.ask("GET", "/health?verbose")[1]["templates"]

    def family(self):
        """Every process of it, by number: what it is called."""
        children, names = {}, {}
        for stat in glob.glob("/proc/[0-9]*/stat"):
            with contextlib.suppress(OSError):
                name, _, rest = open(stat).read().partition("(")[2].rpartition(")")
                if rest.split()[0] not in "ZX":
                    pid = int(stat.split("/")[2])
                    children.setdefault(int(rest.split()[1]), []).append(pid)
                    names[pid] = name
        found, new = {}, [self.process.pid]
        while new:
            found.update((pid, names[pid]) for pid in new if pid in names)
            new = [child for pid in new for child in children.get(pid, ())]
        return found

    def text(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(20)
        assert status == 0 and not re.search(r"^\S+Z error ", self.text(), re.M), (status, self.text())
        self.log.close()
        shutil.rmtree(self.place)


def until(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return value


def scratch():
    return {d for place in ("/tmp", "/dev/shm") for d in glob.glob(f"{place}/sandbox-{UID}/*")}


@pytest.fixture(scope="module", params=MODES)
def server(request):
    if request.param == "Landlock alone" and not HERE:
        pytest.skip("no interpreter at /usr/bin/python3 of this machine")
    before = scratch()
    with Server(request.param) as s:
        assert until(lambda: not any(t["state"] in ("due", "starting") for t in s.templates())), s.templates()
        yield s
    assert scratch() <= before


def test_layers(server):
    on = server.layers()
    own = server.mode == "user namespace"
    assert on["landlock"] and on["listener"] and on["connect"] and on["server"] and not on["uid"]
    assert [on[name] for name in ("user", "chroot", "mount", "pid", "net", "ipc", "uts")] == [own] * 7


def test_processes_hold_nothing(server):
    """No capability on the machine, no_new_privs, and the server's process has a filter."""
    pids = [server.process.pid]
    for stat in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(open(stat).read().rpartition(")")[2].split()[1]) == server.process.pid:
                pids.append(int(stat.split("/")[2]))
    told = [dict(line.split(":\t", 1) for line in open(f"/proc/{pid}/status").read().splitlines() if ":\t" in line) for pid in pids]
    assert len(told) >= 2 and all(t["NoNewPrivs"] == "1" and set(t["Uid"].split()) == {str(UID)} for t in told)
    if server.mode == "Landlock alone":     # in a namespace of its own the monitor has some, over that alone
        assert {t["CapEff"] for t in told} == {"0" * 16}
    assert any(t["Seccomp"] == "2" and t["CapEff"] == "0" * 16 for t in told) or "san" in BINARY


def test_templates(server):
    """Only where no run can name another process: all have one uid."""
    states = {t["language"]: t["state"] for t in server.templates() if not t["network"]}
    if server.mode == "Landlock alone":
        assert states == {} and not any(name == "sandbox-usher" for name in server.family().values())
        return
    assert states["python3"] == "ready"
    assert server.says("import os; print(os.getppid() > 1)") == "True\n"
    for stat in (f"/proc/{pid}/status" for pid, name in server.family().items() if name == "sandbox-usher"):
        fields = dict(line.split(":\t", 1) for line in open(stat).read().splitlines() if ":\t" in line)
        assert set(fields["Uid"].split()) == {str(UID)} and int(fields["CapEff"], 16) in (0, 1 << 18 | 1 << 5)


ENDS = {"SIGTERM": ([signal.SIGTERM], 0), "two SIGTERM": ([signal.SIGTERM] * 2, 1), "SIGKILL": ([signal.SIGKILL], -signal.SIGKILL)}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("end", ENDS)
def test_nothing_is_left(mode, end):
    """No process: monitor, server, keeper, ushers, templates, copies, a run; and no directory."""
    if mode == "Landlock alone" and not HERE:
        pytest.skip("no interpreter at /usr/bin/python3 of this machine")
    signals, wanted = ENDS[end]
    before = scratch()
    server = Server(mode)
    try:
        if mode == "user namespace":
            assert until(lambda: server.templates()[0]["ready"] > 0), server.templates()
        status = {}
        run = threading.Thread(target=lambda: status.update(run=server.ask_quietly("import time; open('left', 'w'); time.sleep(%d)" % (1 if end == "SIGTERM" else 60))))
        run.start()
        assert until(lambda: server.ask("GET", "/health?verbose")[1]["slots"]["busy"] == 1)
        time.sleep(0.3)
        family = server.family()
        assert mode != "user namespace" or {"sandbox-usher", "sandbox-keeper"} <= set(family.values()), family
        for signo in signals:
            server.process.send_signal(signo)
            time.sleep(0.2)
        assert server.process.wait(10) == wanted, server.text()
        run.join(10)
        assert until(lambda: not any(os.path.exists(f"/proc/{pid}") and not is_dead(pid) for pid in family), 5), family
        if end == "SIGKILL":            # the next one removes them
            time.sleep(0.5)
            with Server(mode):
                pass
        assert until(lambda: scratch() <= before, 2), scratch() - before
    finally:
        server.end()
    shutil.rmtree(server.place)


def is_dead(pid):
    with contextlib.suppress(OSError):
        return open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] in "ZX"
    return True


WORKS = {
    "files": "import os, tempfile\nos.mkdir('d'); open('a', 'w').write('x'); os.rename('a', 'd/a'); os.link('d/a', 'b')\nwith tempfile.TemporaryFile() as f: f.write(b'1')\nprint(sorted(os.listdir()))",
    "threads": "import threading\nt = threading.Thread(target=print, args=(1,)); t.start(); t.join()",
    "asyncio": "import asyncio\nasync def f(): await asyncio.sleep(0.01); print(1)\nasyncio.run(f())",
    "descriptors": "import os\nf = os.open('x', os.O_CREAT | os.O_RDWR, 0o600); os.fchmod(f, 0o400); os.utime(f, (1, 1)); print(os.fstat(f).st_mtime)",
}


@pytest.mark.parametrize("name", WORKS)
@pytest.mark.parametrize("network", [False, True])
def test_works(server, name, network):
    assert server.says(WORKS[name], network=network) in ("['b', 'd']\n", "1\n", "1.0\n")


HELD = {
    "fork": "import os; os.fork()",
    "signal to the parent": "import os; os.kill(os.getppid() or 1, 0)",
    "signal to all": "import os; os.kill(-1, 9)",
    "exec": "import os; os.execv('/bin/sh', ['sh'])",
    "key in /proc": "import glob\nfor p in ['/proc/self/environ', *glob.glob('/proc/[0-9]*/environ')]: print(open(p).read())\nraise SystemExit(not glob.glob('/proc/1') or 1)",
    "directory of scratch directories": "import os; os.listdir(os.path.dirname(os.getcwd()) if os.getcwd() != '/tmp' else '/..')\nraise SystemExit(os.getcwd() == '/tmp')",
    "etc": "open('/etc/x', 'w')",
    "mode of a file of the user": "import os; os.chmod('%s', 0o777)",
    "time of a file of the user": "import os; os.utime('%s', (1, 1))",
    "owner of a file of the user": "import os; os.chown('%s', os.getuid(), os.getgid())",
    "length of a file of the user": "import os; os.truncate('%s', 0)",
    "content of a file of the user": "print(open('%s').read())",
    "own port": "import socket; socket.create_connection(('127.0.0.1', PORT))",
    "own port, IPv6": "import socket; socket.create_connection(('::1', PORT))",
}


@pytest.mark.parametrize("name", HELD)
def test_held(server, name):
    victim = os.path.join(server.place, "victim")
    if not os.path.exists(victim):
        with open(victim, "w") as f:
            f.write("secret of the user")
        os.chown(victim, UID, UID)
        os.utime(victim, (1000, 1000))
    before = os.stat(victim)
    code = (HELD[name] % victim if "%s" in HELD[name] else HELD[name]).replace("PORT", str(server.port))
    data = server.run(code, network="port" in name)
    assert data["exit_code"] != 0, data
    assert KEY not in data["stdout"] and "secret of the user" not in data["stdout"]
    after = os.stat(victim)
    assert (after.st_mode, after.st_uid, after.st_mtime, after.st_size) == (before.st_mode, before.st_uid, before.st_mtime, before.st_size)
    assert server.says("print(1)") == "1\n"


def test_scratch_is_emptied(server):
    server.run("import os\nos.makedirs('a/b'); open('a/b/c', 'w').close(); os.mkfifo('f')")
    assert server.says("import os; print(os.listdir())") == "[]\n"


def test_two_at_once_see_nothing_of_each_other(server):
    from concurrent.futures import ThreadPoolExecutor
    code = "import os, time\nopen('mine', 'w').write('x'); time.sleep(0.5); print(os.getcwd(), os.listdir())"
    with ThreadPoolExecutor(2) as two:
        said = [f.result().rpartition(" ") for f in [two.submit(server.says, code) for _ in range(2)]]
    assert [listing for _, _, listing in said] == ["['mine']\n"] * 2
    assert server.mode == "user namespace" or said[0][0] != said[1][0]


@pytest.mark.skipif(not HERE, reason="no interpreter at /usr/bin/python3 of this machine")
def test_without_any_fence_it_does_not_start_unless_told_to():
    MODES["no fence"] = "-user,-landlock"
    try:
        with pytest.raises(AssertionError, match="allow_weak_isolation"):
            Server("no fence")
        with Server("no fence", SANDBOX_ALLOW_WEAK_ISOLATION="true") as s:
            assert s.says("print(1)") == "1\n"
    finally:
        del MODES["no fence"]


@pytest.mark.skipif(not HERE, reason="no interpreter at /usr/bin/python3 of this machine")
def test_a_call_that_would_reach_another_process_cannot_be_added():
    with pytest.raises(AssertionError, match="fork needs a uid of its own for each run"):
        Server("Landlock alone", ALLOWED_SYSCALLS="fork")


@pytest.mark.skipif(not HERE, reason="no interpreter at /usr/bin/python3 of this machine")
def test_what_a_killed_server_has_left_is_removed_by_the_next():
    before = scratch()  # of a server that goes on: not to be touched
    with contextlib.suppress(AssertionError), Server("Landlock alone") as s:  # it does not end as it should
        s.says("open('f', 'w')")
        place = scratch() - before
        s.end()
    assert place
    time.sleep(0.5)  # its server process ends by itself
    with Server("Landlock alone"):
        now = scratch()
        assert before <= now and not place & now
