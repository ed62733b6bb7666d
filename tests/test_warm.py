"""
Templates and the copies that runs are made of, looked at from outside: what /health says of them, what
each process may do, and that every run is answered once, with its own output, whatever dies or fails.

FAULTS=all in the environment: every system call fails once instead of some; and what takes a minute.
"""
import contextlib
import glob
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest

from harness import ROOTFS
from serving import Server, free_port, processes, run_bytes, until
from test_faults import CANNOT_FAIL, ERROR_OF, NUMBERS, Fault

ALL = os.environ.get("FAULTS") == "all"
UID_BASE = 64064                        # the first of 128 that no other test takes
SLEEP = "import time; print('on', flush=True); time.sleep(60)"
SETUID_SETGID = f"{1 << 6 | 1 << 7:016x}"
NOTHING = "0" * 16


def fields_of(pid):
    """/proc/PID/status."""
    with open(f"/proc/{pid}/status") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def descriptors(pid):
    return {int(fd): os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}


def read(path):
    with open(path) as f:
        return f.read()


class Warm(Server):
    """A server whose Python templates are what is looked at; errors in its log are faults as ever."""

    def __init__(self, settings=None, **more):
        super().__init__({"max_workers": 2, "worker_timeout": 10, "uid_base": UID_BASE, **(settings or {})}, **more)
        self.port = (settings or {}).get("app.port", self.port)

    def templates(self):
        return {(t["language"], t["network"]): t for t in self.get("/health?verbose").json()["templates"]}

    def template(self, language="python3", network=False):
        return self.templates()[language, network]

    def state(self, **which):
        return self.template(**which)["state"]

    def runs(self, **which):
        return self.template(**which)["runs"]

    def wait_warm(self, seconds=20, **which):
        assert until(lambda: self.state(**which) == "ready", seconds, 0.03), (self.templates(), self.log()[-2000:])
        return self.template(**which)

    def wait_ready_copies(self, n=1):
        """n of Python's: a slot gets a copy of what ran there last."""
        def there():
            return self.template()["ready"] >= n

        if not until(there, 1):
            with contextlib.ExitStack() as stack:
                clients = [stack.enter_context(self.connect()) for _ in range(n)]
                for c in clients:
                    c.send(run_bytes("import time; time.sleep(0.2)"))
                for c in clients:
                    c.response()
        assert until(there), self.templates()

    def warm_says(self, code, **more):
        """What it prints in a copy; it was one."""
        before = self.runs()
        said = self.says(code, **more)
        assert self.runs() == before + 1, "it was cold"
        return said

    @property
    def uid(self):
        assert until(lambda: " uid=" in self.log())
        return int(re.search(r" uid=(\d+)", self.log()).group(1))

    def slot_processes(self):
        """pid -> ppid of what has a slot's uid: runs and ready copies."""
        return {pid: ppid for pid, (ppid, uid) in processes().items() if self.uid <= uid < self.uid + 60}

    def usher(self, **which):
        return processes()[self.template(**which)["pid"]][0]

    @staticmethod
    def name_of(pid):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/comm") as f:
            return f.read().strip()

    def ushers(self):
        """The monitor's children of that name."""
        return [pid for pid, (ppid, _) in processes().items() if ppid == self.pid and self.name_of(pid) == "sandbox-usher"]

    def slots_free(self):
        slots = self.get("/health?verbose").json()["slots"]
        return slots["free"] == slots["total"]

    def assert_at_rest(self):
        """No run is left: all slots free, and what has their uids is as many ready copies as are said to be there."""
        def rest():
            return self.slots_free() and len(self.slot_processes()) == sum(t["ready"] for t in self.templates().values())

        assert until(rest, 8), (self.get("/health?verbose").json()["slots"], self.slot_processes(), self.templates(), self.log()[-1500:])


@contextlib.contextmanager
def started(settings=None, **more):
    """A server, whose processes are gone after it."""
    with Warm(settings, **more) as s:
        yield s
        block = range(s.uid, s.uid + 64)
        pids = {s.pid, *s.descendants()}
        s.process.send_signal(signal.SIGTERM)
        assert s.process.wait(5) == 0, s.log()[-2000:]
        assert until(lambda: not [p for p, (_, uid) in processes().items() if p in pids or uid in block], 3)


@pytest.fixture(scope="module")
def server():
    with Warm({"uid_base": UID_BASE + 64}) as s:      # beside the others
        s.wait_warm()
        s.wait_warm(network=True)
        yield s


# A tree with modules of our own

@pytest.fixture(scope="module")
def tree():
    """Python's root filesystem, and a function that puts a module into it."""
    source = ROOTFS["python3"]
    place = tempfile.mkdtemp(prefix="sandbox-warm-", dir=os.path.dirname(source))
    root = os.path.join(place, "python")
    if subprocess.run(["cp", "-al", source, root], stderr=subprocess.DEVNULL).returncode != 0:
        subprocess.run(["rm", "-rf", root], check=True)
        subprocess.run(["cp", "-a", source, root], check=True)
    library = sorted(glob.glob(f"{root}/usr/lib*/python3.*/os.py") + glob.glob(f"{root}/usr/local/lib/python3.*/os.py"))[0]

    class Tree:
        def __init__(self):
            self.root = root

        def add(self, name, text):
            with open(os.path.join(os.path.dirname(library), name), "w") as f:
                f.write(text)

        def server(self, modules, settings=None, **more):
            return started({"python_rootfs": root, "preload_modules.python3": modules, **(settings or {})}, **more)

    yield Tree()
    shutil.rmtree(place)


# What is said of them

def test_port_is_open_before():
    """Runs that come sooner go cold, and are right; then they are warm."""
    with started({"max_workers": 1}) as s:
        assert s.state() != "ready"
        assert s.says("print(6 * 7)") == "42\n" and s.runs() == 0
        t = s.wait_warm()
        assert t["pid"] in s.descendants() and "why" not in t
        assert s.warm_says("print(6 * 7)") == "42\n"


def test_state(server):
    said = server.templates()
    assert set(said) == {(language, net) for language in ("python3", "nodejs") for net in (False, True)}
    for t in said.values():
        assert set(t) - {"why"} == {"language", "network", "state", "pid", "runs", "ready"}
        assert t["state"] in ("ready", "starting", "waiting", "due", "off")
        assert (t["pid"] != 0) == (t["state"] == "ready"), t
        if t["pid"]:
            assert t["pid"] in server.descendants()


def test_runs_are_counted_by_kind(server):
    before = server.templates()
    server.says("print(1)")
    server.says("print(1)", enable_network=True)
    server.says("print(1)", enable_network=True)
    after = server.templates()
    grown = {k: after[k]["runs"] - before[k]["runs"] for k in after}
    assert grown["python3", False] == 1 and grown["python3", True] == 2, grown


def test_one_ready_copy_per_idle_slot():
    with started({"max_workers": 3}) as s:
        s.wait_warm()
        s.wait_ready_copies(3)
        assert s.template()["ready"] == 3 == len(s.slot_processes())
        assert len(set(processes()[p][1] for p in s.slot_processes())) == 3
        with s.connect() as c:
            c.send(run_bytes(SLEEP))
            assert until(lambda: s.template()["ready"] == 2)
        assert until(lambda: s.template()["ready"] == 3)


def test_kinds_do_not_mix(server):
    """A ready copy of one kind is not taken for a run of another; the one that is there goes."""
    code = "import socket\ntry:\n socket.socket(); print('net')\nexcept OSError: print('none')"
    for _ in range(4):
        assert server.says(code) == "none\n"
        assert server.says(code, enable_network=True) == "net\n"
        assert server.node("console.log(1)")["stdout"] == "1\n"
    server.assert_at_rest()


def test_switched_off():
    with started({"templates": "false"}) as s:
        health = s.get("/health?verbose").json()
        assert health["templates"] == [] and health["cold"] == "switched off by configuration"
        assert s.says("print(1)") == "1\n" and not s.ushers()


def test_no_ready_copies():
    with started({"ready_children": "false"}) as s:
        s.wait_warm()
        for _ in range(4):
            assert s.warm_says("print(1)") == "1\n"
        assert until(lambda: not s.slot_processes(), 2) and s.template()["ready"] == 0


# What they may do

def test_template_has_two_capabilities(server):
    for network in (False, True):
        pid = server.template(network=network)["pid"]
        fields = fields_of(pid)
        assert {fields[k] for k in ("CapPrm", "CapEff", "CapAmb")} == {SETUID_SETGID}
        assert fields["CapBnd"] == NOTHING
        assert fields["NoNewPrivs"] == "1" and fields["Seccomp"] == "2" and fields["Groups"].strip() == ""
        (uid,), (gid,) = set(fields["Uid"].split()), set(fields["Gid"].split())
        assert uid == gid and server.uid + 2 <= int(uid) < server.uid + 64
        ours = {fields_of(p)["Uid"].split()[0] for p in (server.pid, server.server, server.keeper)}
        assert uid not in ours
        held = descriptors(pid)         # 3 to 5 are ours, 6 may be the interpreter's
        assert {0, 1, 2, 3, 4, 5} <= set(held) <= {0, 1, 2, 3, 4, 5, 6} and not [d for d in held.values() if d.startswith("/")]
        assert all(held[fd].startswith("socket:") for fd in (3, 4, 5))
        assert sorted(os.listdir(f"/proc/{pid}/root")) == sorted(os.listdir(ROOTFS["python3"]))
        same_net = os.readlink(f"/proc/{pid}/ns/net") == os.readlink(f"/proc/{server.server}/ns/net")
        assert same_net == network
        assert len(fields["NSpid"].split()) == 2


def test_usher_has_two_capabilities(server):
    for network in (False, True):
        pid = server.usher(network=network)
        fields = fields_of(pid)
        assert {fields[k] for k in ("CapPrm", "CapEff")} == {f"{1 << 18 | 1 << 5:016x}"}    # SYS_CHROOT, KILL
        assert processes()[pid][0] == server.pid
        assert sum(d.startswith("/") for d in descriptors(pid).values()) <= 1


TCP = """
import socket
for call in "bind", "connect":
    try:
        getattr(socket.socket(), call)(("127.0.0.1", 9))
        print(call)
    except OSError as e:
        print(call, e.errno)
"""


def test_tcp_is_fenced():
    """Where the filter would let it through: by Landlock, which in a network of its own the template has taken on."""
    settings = {"allowed_syscalls": "socket,bind,connect"}
    with started({**settings, "templates": "false"}) as s:
        cold = s.says(TCP)
    with started(settings) as s:
        s.wait_warm()
        assert s.warm_says(TCP) == cold
    assert cold == "bind 13\nconnect 13\n"


def profile(pid):
    """What a program's process is, that must not depend on how it came to be."""
    fields = fields_of(pid)
    names = ("Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Umask", "SigPnd", "ShdPnd",
             "SigBlk", "SigIgn", "SigCgt", "Threads", "Cpus_allowed", "CoreDumping", "THP_enabled")
    found = {k: fields[k].strip() for k in names if k in fields}
    found["limits"] = read(f"/proc/{pid}/limits")
    for name in os.listdir(f"/proc/{pid}/ns"):
        found[f"ns/{name}"] = os.readlink(f"/proc/{pid}/ns/{name}")
    for name in ("root", "cwd"):
        found[name] = os.readlink(f"/proc/{pid}/{name}")
        where = os.stat(f"/proc/{pid}/{name}")
        found[name + " inode"] = where.st_dev, where.st_ino
    for name in ("oom_score_adj", "cgroup", "personality", "timerslack_ns", "autogroup"):
        with contextlib.suppress(OSError):
            found[name] = read(f"/proc/{pid}/{name}")
    found.pop("autogroup", None)
    found["leader"] = (os.getsid(pid), os.getpgid(pid)) == (pid, pid)
    found["nice"] = os.getpriority(os.PRIO_PROCESS, pid)
    found["policy"] = os.sched_getscheduler(pid)
    found["dumpable"] = os.stat(f"/proc/{pid}/fd").st_uid
    found["descriptors"] = sorted((fd, link.split(":")[0]) for fd, link in descriptors(pid).items() if fd < 64 or link.startswith("pipe"))
    found["comm"] = read(f"/proc/{pid}/comm")
    return found


@contextlib.contextmanager
def running(s, **more):
    """The process of a run that has begun; there is one slot."""
    with s.connect() as c:
        c.send(run_bytes(SLEEP.replace("print('on', flush=True)", "open('on', 'w').close()"), **more))
        inside = f"/proc/{s.pid}/root"
        scratch = f"{inside}/{s.uid}/scratch/on"
        assert until(lambda: os.path.exists(scratch)), s.log()
        (pid, ppid), = s.slot_processes().items()
        yield pid, ppid
    assert until(s.slots_free)


@pytest.mark.parametrize("network", [False, True], ids=["no network", "network"])
def test_copy_is_as_a_cold_run(network):
    with started({"max_workers": 1}) as s:
        if network:     # a slot with nothing else: the templates' turns come one after the other
            assert s.state(network=True) != "ready"
        with running(s, enable_network=network) as (pid, ppid):
            assert ppid == s.pid and s.runs(network=network) == 0
            cold = profile(pid)
        t = s.wait_warm(network=network)
        with running(s, enable_network=network) as (pid, ppid):
            assert ppid == t["pid"], "it was cold"
            warm = profile(pid)
        assert warm == cold
        assert warm["Uid"].split() == [str(s.uid)] * 4 == warm["Gid"].split() and warm["Groups"] == ""
        assert {warm[k] for k in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {NOTHING}
        assert [fd for fd, _ in warm["descriptors"]] == [0, 1, 2]


def test_ready_copy_has_all_but_its_run():
    """The same as when it runs, but for its descriptors: 0, 1, 2 and its line."""
    with started({"max_workers": 1}) as s:
        t = s.wait_warm()
        s.wait_ready_copies(1)
        (pid, ppid), = s.slot_processes().items()
        assert ppid == t["pid"]
        ready, fds = profile(pid), descriptors(pid)
        assert set(fds) - {0, 1, 2} == {256} and fds[256].startswith("socket:")
        with running(s) as (again, _):
            assert again == pid
            assert {**profile(pid), "descriptors": 0} == {**ready, "descriptors": 0}


# They die, or stop

STORM = "import time; print('a', {n}, flush=True); time.sleep(0.05); print('b', {n})"


def storm(s, n, then, fatal=0):
    """n requests at once; then() when some are answered. fatal: so many programs may be killed with it."""
    killed = 0
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(s.connect(15)) for _ in range(n)]
        for i, c in enumerate(clients):
            c.send(run_bytes(STORM.format(n=i)))
        for i, c in enumerate(clients):
            if i == 8:
                then()
            answer = c.response().json()
            data = answer["data"]
            whole = f"a {i}\nb {i}\n"
            if data["exit_code"] == -1 and killed < fatal:
                killed += 1
                assert whole.startswith(data["stdout"]) and "killed by signal 9" in data["error"], data
                continue
            assert answer["code"] == 0 and data == {"stdout": whole, "stderr": "", "error": "", "exit_code": 0}, (i, answer, s.log()[-3000:])
        for c in clients:
            assert c.quiet(0.002) == b"", "answered twice"


@pytest.mark.parametrize("signo, ready", [("SIGKILL", "true"), ("SIGKILL", "false"), ("SIGSTOP", "true"), ("SIGSEGV", "true")]
                         + ([("SIGSTOP", "false"), ("SIGSEGV", "false")] if ALL else []))
def test_template_dies(signo, ready):
    with started({"max_workers": 8, "max_requests": 100, "ready_children": ready}) as s:
        t = s.wait_warm()
        if ready == "true":
            s.wait_ready_copies(8)
        storm(s, 50, lambda: os.kill(t["pid"], getattr(signal, signo)))
        assert until(lambda: s.state() == "ready" and s.template()["pid"] != t["pid"], 8, 0.05), (s.templates(), s.log()[-2000:])
        storm(s, 8, lambda: None)
        assert s.warm_says("print(1)") == "1\n"
        s.assert_at_rest()
        assert t["pid"] not in s.descendants()
        usher = s.usher()
        assert until(lambda: set(s.ushers()) <= {usher} | {processes().get(x["pid"], (0,))[0] for x in s.templates().values()}
                     or s.state(language="nodejs") != "ready", 3)


def test_usher_dies():
    """What ran of its template's copies dies with it: nobody could tell of their ends. All else is right."""
    with started({"max_workers": 8, "max_requests": 100}) as s:
        t = s.wait_warm()
        s.wait_ready_copies(8)
        usher = s.usher()
        storm(s, 50, lambda: os.kill(usher, signal.SIGKILL), fatal=8)
        assert until(lambda: s.state() == "ready" and s.template()["pid"] != t["pid"], 8, 0.05), (s.templates(), s.log()[-2000:])
        storm(s, 8, lambda: None)
        s.assert_at_rest()
        assert t["pid"] not in s.descendants()


def rare(test):
    """Only where all is asked for: what is left out is not even there, as a skipped test counts as failed."""
    return test if ALL else None


@rare
def test_usher_stops():
    with started({"max_workers": 4, "max_requests": 100}) as s:
        t = s.wait_warm()
        s.wait_ready_copies(4)
        os.kill(s.usher(), signal.SIGSTOP)
        storm(s, 20, lambda: None, fatal=4)
        assert until(lambda: s.state() == "ready" and s.template()["pid"] != t["pid"], 10, 0.05), (s.templates(), s.log()[-2000:])
        s.assert_at_rest()


def test_runs_outlive_their_template():
    """It is killed; the one that runs ends as it would, and a copy that waits is used or goes."""
    with started({"max_workers": 3}) as s:
        t = s.wait_warm()
        s.wait_ready_copies(3)
        with s.connect() as c:
            c.send(run_bytes("import time; print(1, flush=True); time.sleep(0.7); print(2); raise SystemExit(3)"))
            assert until(lambda: s.template()["ready"] == 2)
            os.kill(t["pid"], signal.SIGKILL)
            data = c.response().json()["data"]
        assert (data["stdout"], data["exit_code"]) == ("1\n2\n", 3), data


def test_time_limit_holds_while_the_template_is_stopped():
    with started({"worker_timeout": 1}) as s:
        t = s.wait_warm()
        s.wait_ready_copies(2)
        begin = time.monotonic()
        os.kill(t["pid"], signal.SIGSTOP)
        data = s.python(SLEEP)
        assert "\nerror: timeout\n" in data["error"] and data["stdout"] == "on\n", data
        assert time.monotonic() - begin < 1 + 2 + 1.5, "patience is two seconds"
        s.wait_warm()
        assert s.says("print(1)") == "1\n"
        s.assert_at_rest()


def test_answered_before_its_end_is_told(server):
    """Of an exit the client need not wait until somebody has seen it; the slot has to."""
    pid = server.wait_warm()["pid"]
    with server.connect() as c:
        c.send(run_bytes("import sys, time; print('on'); time.sleep(0.3); sys.exit(3)"))
        assert until(lambda: not server.slots_free(), 2, 0.001)
        time.sleep(0.1)                 # it has been taken: the monitor hears of its end by the template alone
        os.kill(pid, signal.SIGSTOP)
        try:
            answer = c.response().json()["data"]
            assert not server.slots_free()
        finally:
            os.kill(pid, signal.SIGCONT)
    assert (answer["stdout"], answer["exit_code"]) == ("on\n", 3)
    assert until(lambda: re.search(r"exit=3 .* cpu_ms=\d+ peak_kb=[1-9]", server.log())), server.log()[-500:]
    assert server.wait_warm()["pid"] == pid
    server.assert_at_rest()


LIE = """
import ctypes, threading, time
print("before", flush=True)
threading.Thread(target=lambda: [print("beside", flush=True) or time.sleep(0.001) for _ in range(9999)]).start()
ctypes.CDLL(None).prctl(100000, 7)
time.sleep(60)
"""


def test_a_lie_about_the_end():
    """Who says that it exits is taken at its word, and has no time for more than that."""
    with started({"max_workers": 1}) as s:
        s.wait_ready_copies(1)
        for _ in range(3):
            with s.connect() as c:
                c.send(run_bytes(LIE))
                answer = c.response().json()["data"]
            assert answer["exit_code"] == 7 and answer["stdout"].startswith("before\n"), answer
            begin = time.monotonic()
            assert s.says("print(1)") == "1\n"
            assert time.monotonic() - begin < 5     # it was killed: its time limit is 10 s
        s.assert_at_rest()


TELLS = "import ctypes\nfor _ in range({}): ctypes.CDLL(None).prctl(100000, {})\nprint('after')"
LEAVES = 0x100                          # and it says so


@pytest.mark.parametrize("settings, prefix, says", [
    ({"templates": "false"}, "", 7), ({"layers": "-listener"}, "", 7), ({}, "open('f', 'w').close()\n", 7 | LEAVES)])
def test_nobody_asks_for_the_end(settings, prefix, says):
    """Cold, without a listener, and where there is something to sweep, the answer waits for the end."""
    with started({"max_workers": 1, **settings}) as s:
        if not settings:
            s.wait_ready_copies(1)
        for times in 1, 1000:
            assert s.says(prefix + TELLS.format(times, says)) == "after\n"
        s.assert_at_rest()


def test_who_leaves_files_and_denies_it():
    """It has its answer; the next run comes when they are gone."""
    with started({"max_workers": 1}) as s:
        for _ in range(3):
            s.wait_ready_copies(1)
            answer = s.python("import ctypes, os\nopen('f', 'w').close()\nctypes.CDLL(None).prctl(100000, 7)\nos._exit(3)")
            assert (answer["exit_code"], answer["stdout"]) == (7, ""), answer
            assert s.says("import os; print(os.listdir())") == "[]\n"
        s.assert_at_rest()


@pytest.mark.parametrize("program, left", [
    ("open('.x', 'w').close()", 1), ("os.mkdir('...')", 1), ("[open(f'{i:099}', 'w').close() for i in range(60)]", 60), ("", 0),
    ("open('f', 'w').close(); os.chdir('/')", 1), ("os.remove('f') if os.path.exists('f') else 0", 0)])
def test_answer_comes_after_the_sweep(program, left):
    """Whatever a program leaves is gone when its client has the answer."""
    with started({"max_workers": 1}) as s:
        inside = f"/proc/{s.pid}/root"
        for _ in range(4):
            s.wait_ready_copies(1)
            code = f"import os\n{program}\nprint(len(os.listdir('/tmp')) if os.access('/tmp', os.R_OK) else 0)"
            assert s.warm_says(code) == f"{left}\n"
            assert os.listdir(f"{inside}/{s.uid}/scratch") == []
        s.assert_at_rest()


def test_no_more_output_than_there_was():
    """
    Who writes as fast as it can and says that it exits gets no more than a pipe holds into its answer. What it
    writes before it says so is its own: so it starts with the call, which lets other threads run. Between these two
    the machine may be busy with something else, hence some tries.
    """
    code = ("import ctypes, os, sys, threading\ngo = threading.Lock()\ngo.acquire()\ndef write():\n"
            " go.acquire(); go.release()\n while True: os.write(1, b'x' * 4096)\nsys.setswitchinterval(60)\n"
            "for _ in range(2): threading.Thread(target=write).start()\n"
            "prctl = ctypes.CDLL(None).prctl\ngo.release()\nprctl(100000, 7)\n")
    with started({"max_workers": 1}) as s:
        for _ in range(8):
            s.wait_ready_copies(1)
            answer = s.python(code)
            assert answer["exit_code"] == 7
            if len(answer["stdout"]) < 1 << 20:
                return
        assert len(answer["stdout"]) < 1 << 20


def test_many_answers_before_the_ends():
    """What is answered and about to end takes the place of nothing that waits."""
    with started({"max_workers": 1, "max_requests": 1}) as s:
        s.wait_ready_copies(1)
        for _ in range(60):
            assert s.says("print(len(bytearray(60 << 20)))") == f"{60 << 20}\n"
        s.assert_at_rest()


def test_no_line_is_lost_at_the_end():
    with started() as s:
        s.wait_ready_copies(1)
        for i in range(5):
            assert s.says(f"print({i})") == f"{i}\n"
            assert s.get("/v1/sandbox/dependencies?language=python3").json()["code"] == 0
        s.process.send_signal(signal.SIGTERM)
        assert s.process.wait(5) == 0
        assert len(re.findall(r"path=/v1/sandbox/dependencies status=200 ", s.log())) == 5, s.log()
        assert len(re.findall(r"path=/v1/sandbox/run status=200 .* verdict=ok ", s.log())) >= 5, s.log()


def test_client_goes_while_the_template_is_stopped():
    with started() as s:
        t = s.wait_warm()
        s.wait_ready_copies(2)
        os.kill(t["pid"], signal.SIGSTOP)
        with s.connect() as c:
            c.send(run_bytes(SLEEP))
            assert until(lambda: not s.slots_free())
        assert until(s.slots_free, 5)
        s.wait_warm()
        s.assert_at_rest()


def test_a_stopped_template_is_no_programs_fault():
    """No copy is ready: a run that waits for one goes cold before its time is over."""
    with started({"ready_children": "false", "worker_timeout": 5}) as s:
        t = s.wait_warm()
        os.kill(t["pid"], signal.SIGSTOP)
        assert s.says("print(1)") == "1\n"
        s.wait_warm()
        assert s.warm_says("print(1)") == "1\n"


def test_clients_that_go_at_once():
    """Runs that are killed on their way are not the interpreter's failure."""
    with started({"max_workers": 4}) as s:
        pid = s.wait_warm()["pid"]
        for i in range(120):
            with s.connect() as c:
                c.send(run_bytes(SLEEP))
                time.sleep(0.0005 * (i % 8))
        assert until(s.slots_free)
        t = s.wait_warm(1)
        assert t["pid"] == pid and s.warm_says("print(1)") == "1\n"
        s.assert_at_rest()


def test_ready_copies_die():
    with started({"max_workers": 3}) as s:
        s.wait_warm()
        s.wait_ready_copies(3)
        for pid in s.slot_processes():
            os.kill(pid, signal.SIGKILL)
        for i in range(6):
            assert s.says(f"print({i})") == f"{i}\n"
        assert s.process.poll() is None


# They are replaced

def test_replaced_after_its_runs():
    with started({"max_workers": 4, "max_requests": 100, "template_max_runs": 20}) as s:
        pids = {s.wait_warm()["pid"]}
        for batch in range(4):
            with contextlib.ExitStack() as stack:
                clients = [stack.enter_context(s.connect()) for _ in range(50)]
                for i, c in enumerate(clients):
                    c.send(run_bytes(f"print({batch}, {i})"))
                for i, c in enumerate(clients):
                    assert c.response().json()["data"]["stdout"] == f"{batch} {i}\n"
                    if i % 10 == 0:
                        pids.add(s.template()["pid"])
            assert until(lambda: s.state() == "ready" and s.template()["pid"] not in pids, 3) or True
            pids.add(s.template()["pid"])
        assert len(pids - {0}) >= 3, pids
        assert s.runs() > 100 and s.get("/health?verbose").json()["runs"]["failed"] == 0
        s.assert_at_rest()
        for _ in range(40):     # the last ready copies of old ones are used up
            s.says("print(1)")
        python = s.template()["pid"], s.template(network=True)["pid"]
        uid = processes()[python[0]][1]

        def one_each():
            now = {s.template()["pid"], s.template(network=True)["pid"]}
            return {p for p, (_, u) in processes().items() if u == uid} == now

        assert until(one_each, 5, 0.05), (s.templates(), s.descendants())


def test_running_while_replaced():
    """A program of the old template goes on, and its own end is told."""
    with started({"max_workers": 3, "template_max_runs": 2}) as s:
        t = s.wait_warm()
        with s.connect() as c:
            c.send(run_bytes("import time; time.sleep(1.5); print('old'); raise SystemExit(5)"))
            until(lambda: not s.slots_free())
            for _ in range(3):
                s.says("print(1)")
            assert until(lambda: s.template()["pid"] not in (0, t["pid"]))
            data = c.response().json()["data"]
        assert (data["stdout"], data["exit_code"]) == ("old\n", 5), data
        s.assert_at_rest()


# What imports do

MODULES = {
    # name: its text, what the log says of it (None: nothing), state of the template
    "warm_missing": (None, "warm_missing: ModuleNotFoundError", "ready"),
    "warm_raises": ("raise ValueError('no good')", "warm_raises: ValueError: no good", "ready"),
    "warm_exits": ("import sys; sys.exit(3)", "warm_exits: SystemExit: 3", "ready"),
    "warm_interrupts": ("raise KeyboardInterrupt", "warm_interrupts: KeyboardInterrupt", "ready"),
    "warm_prints": ("import sys; print('said'); print('more', file=sys.stderr)", "said", "ready"),
    "warm_threads": ("import threading, time; threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()", None, "ready"),
    "warm_forks": ("import os, time\nif os.fork() == 0:\n time.sleep(1000)\n os._exit(0)", None, "ready"),
    "warm_forks_too": ("import os\nos.fork()", None, None),
    "warm_ends": ("import os; os._exit(3)", "it ended at its start", "waiting"),
    "warm_dies": ("import os; os.kill(os.getpid(), 11)", "it ended at its start", "waiting"),
    "warm_hangs": ("import time; time.sleep(1000)", None, "starting"),
    "warm_opens": ("import os\nfor _ in range(40): os.open('/etc/passwd', 0)", None, None),
    "warm_closes": ("import os; os.closerange(0, 100)", None, "waiting"),
    "warm_moves": ("import os, signal; os.umask(0); os.chdir('/'); signal.signal(signal.SIGCHLD, lambda *_: None)", None, "ready"),
    "warm_no_stdout": ("import sys; sys.stdout = None", None, None),
}
# With these a template could be late to tell of its dead: it has two seconds.
PATIENCE = ("warm_threads", "warm_forks", "warm_moves")
SELF = "import os; u = os.umask(0); print(u, os.getcwd(), os.environ['HOME'], os.listdir())"


@pytest.mark.parametrize("name", MODULES)
def test_module(tree, name):
    """It is left out, or the template is; nobody waits for it, and what it did is not seen in a program."""
    text, said, state = MODULES[name]
    if text is not None:
        tree.add(name + ".py", text)
    tree.add("warm_good.py", "import os; where = os.getpid()")
    with tree.server(f"warm_good,{name}", {"max_files": 32}) as s:
        assert s.says("print(1)") == "1\n"
        if state is not None:
            assert until(lambda: s.state() == state and (said is None or said in s.log()), 8, 0.02), (s.templates(), s.log())
        for _ in range(6):
            begin = time.monotonic()
            assert s.says(SELF) == "18 /tmp /tmp []\n"
            assert time.monotonic() - begin < 1.5, s.templates()
        if state == "ready":
            assert s.warm_says("import sys; print('warm_good' in sys.modules)") == "True\n"
            if name in PATIENCE:
                time.sleep(2.2)
                assert s.state() == "ready", s.log()[-1000:]
        assert s.node("console.log(1)")["stdout"] == "1\n"


# What copies write to

IN_TRIAL = "import fcntl, os, threading, time\nif fcntl.fcntl(2, fcntl.F_GETFL) & os.O_NONBLOCK:\n    "
TRIALS = {
    "dies": "os.kill(os.getpid(), 9)", "aborts": "os.abort()", "ends": "os._exit(0)", "exits": "raise SystemExit",
    "closes": "os.closerange(0, 100)",
    "has_a_thread": "threading.Thread(target=time.sleep, args=(100,), daemon=True).start()",
    "forks": "os.fork() or time.sleep(1000)", "prints_much": "os.set_blocking(2, True); os.write(2, bytes(1 << 20))",
}


def own_kb(s):
    """What a program that has begun does not share with its template."""
    with running(s) as (pid, ppid):
        assert ppid == s.template()["pid"], "it was cold"
        lines = read(f"/proc/{pid}/smaps_rollup").splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


@pytest.mark.parametrize("name", TRIALS)
def test_bad_trial(tree, name):
    """A fork of the template finds out what copies write to. Without that all is as ever, but for some memory."""
    tree.add(f"trial_{name}.py", IN_TRIAL + TRIALS[name])
    tree.add("trial_good.py", "")
    kb = []
    for module in f"trial_{name}", "trial_good":
        with tree.server(module, {"max_workers": 1}) as s:
            s.wait_warm(40)
            for _ in range(2):  # a copy that is not waited for does some of its work ahead; what follows one that was does not
                s.wait_ready_copies()
                assert s.warm_says("print(6 * 7)") == "42\n"
            s.wait_ready_copies()
            kb.append(own_kb(s))
            assert "trial" not in s.log() and s.state() == "ready"
    if os.uname().machine == "x86_64" and name not in ("exits", "closes", "forks"):     # these go on
        assert kb[1] < 0.9 * kb[0], kb


# The fork that finds out which code copies use is the first of all that run this.
IN_SURVEY = """
import mmap, os, signal, time
survey = mmap.mmap(-1, 1)
def child():
    first, survey[0] = survey[0] == 0, 1
    if first:
        {}
os.register_at_fork(after_in_child=child)
"""
SURVEYS = {
    "dies": "os.kill(os.getpid(), 9)", "ends": "os._exit(0 + 1)", "hangs": "time.sleep(100)", "closes": "os.closerange(0, 100)",
    "forks": "os.fork() or time.sleep(1000)", "handles": "signal.signal(signal.SIGSEGV, signal.SIG_DFL)", "lives": "pass",
}


def own_code(pid, root):
    """{file of that root: pages of its code that are the process's own}; each has the bytes that the file has."""
    pages = {}
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/pagemap", "rb") as bits, open(f"/proc/{pid}/mem", "rb") as mem:
        for line in maps:
            span, rights, offset, _, inode, *path = line.split(maxsplit=5)
            if inode == "0" or "x" not in rights or "deleted" in line:
                continue
            start, end = (int(x, 16) for x in span.split("-"))
            bits.seek(start // 4096 * 8)
            present = memoryview(bits.read((end - start) // 512)).cast("Q")
            own = [start + i * 4096 for i, page in enumerate(present) if page >> 63 and not page >> 61 & 1]
            file = root + re.sub(r"^/\d+/\w+(?=/)|" + re.escape(root), "", path[0].strip())
            with open(file, "rb") as f:
                for at in own:
                    mem.seek(at)
                    f.seek(at - start + int(offset, 16))
                    assert mem.read(4096) == f.read(4096).ljust(4096, b"\0"), line
            pages[file] = len(own)
    return pages


@pytest.mark.parametrize("name", SURVEYS)
def test_survey(tree, name):
    """The code that copies use is the template's own, and as it was; without a survey it is the file's, and all is as ever."""
    tree.add("in_survey.py", IN_SURVEY.format(SURVEYS[name]))
    with tree.server("in_survey", {"max_workers": 1}) as s:
        t = s.wait_warm(40)
        for _ in range(3):
            s.wait_ready_copies()
            assert s.warm_says("print(6 * 7)") == "42\n"
        own = own_code(t["pid"], tree.root)
        assert "survey" not in s.log() and s.state() == "ready"
    if os.sysconf("SC_PAGESIZE") == 4096 and name not in ("closes", "forks"):
        assert (sum(own.values()) > 10) == (name == "lives"), own


# A library's name of a function that nobody looks up, and the page that it is in, are not what its file has.
CHANGED_CODE = """
import ctypes
class Found(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("base", ctypes.c_void_p), ("symbol", ctypes.c_char_p), ("at", ctypes.c_void_p)]
libc, found = ctypes.CDLL(None), Found()
libc.dladdr(ctypes.cast(libc.abort, ctypes.c_void_p), ctypes.byref(found))
at = found.base + ctypes.string_at(found.base, 0x20000).index(b"putpmsg")
page = ctypes.c_void_p(at & ~4095)
assert libc.mprotect(page, 4096, 3) == 0
ctypes.memmove(at, b"changed", 7)
assert libc.mprotect(page, 4096, 5) == 0
"""


def test_changed_code_stays(tree):
    tree.add("changed_code.py", CHANGED_CODE)
    with tree.server("changed_code", {"max_workers": 1}) as s:
        t = s.wait_warm()
        assert s.warm_says("import changed_code as c; print(c.ctypes.string_at(c.at))") == "b'changed'\n"
        with pytest.raises(AssertionError, match="libc|ld-"):
            own_code(t["pid"], tree.root)


# Lists whose items lie at the end of an arena; the arenas after them are given back.
HOLES = """
import ctypes
MIB = 1 << 20
def items(made):
    return ctypes.c_void_p.from_address(id(made) + 24).value
def keep():
    made, arenas = [[None] * 62 for _ in range(40000)], {}
    for one in made:
        arenas.setdefault(items(one) // MIB, []).append(one)
    full = [a for a in sorted(arenas) if a % 2 == 0 and min(len(arenas[a]), len(arenas.get(a + 1, []))) > 1500]
    return [max(arenas[a], key=items) for a in full[:3]]
kept = keep()
"""


def test_blocks_beside_a_hole_grow(tree):
    tree.add("warm_holes.py", HOLES)
    with tree.server("json,warm_holes") as s:
        s.wait_warm(40)
        said = "import warm_holes\nfor one in warm_holes.kept: one.extend([1] * 1900)\nprint([len(x) for x in warm_holes.kept])"
        assert s.warm_says(said) in ("[1962, 1962, 1962]\n", "[]\n")


@rare
def test_hanging_import_is_ended(tree):
    tree.add("warm_hangs.py", "import time; time.sleep(1000)")
    with tree.server("warm_hangs") as s:
        assert until(lambda: s.state() == "waiting", 85, 0.5), s.templates()
        assert "imports took longer" in s.template()["why"]


# As libffi does, if it can: the code of callbacks is mapped from a file that stays open. A copy would map what has its number.
MAPS = """
import mmap, os, tempfile
name = tempfile.mkstemp()[1]    # after a few bytes, to see where it can
fd = os.open(name, os.O_RDWR)
os.unlink(name)
wrote = os.write(fd, bytes(mmap.PAGESIZE))
"""


def test_imports_map_no_file(tree):
    tree.add("warm_maps.py", MAPS)
    with tree.server("warm_maps") as s:
        s.wait_warm()
        assert s.warm_says("import warm_maps; print(0 < warm_maps.wrote < 4096)") == "True\n"
        assert s.warm_says("print(open('f', 'wb').write(bytes(1 << 20)))") == "1048576\n"


# One call fails

JAILED = """
import os, resource
print(os.getresuid() == (os.getuid(),) * 3, os.getresgid() == (os.getuid(),) * 3, os.getgroups(), os.getsid(0) == os.getpid(), os.getcwd(), os.listdir())
print(resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_NPROC), resource.getrlimit(resource.RLIMIT_CPU))
for name, what in (("fork", os.fork), ("kill", lambda: os.kill(1, 0)), ("uid", lambda: os.setresuid(0, 0, 0)), ("etc", lambda: open("/etc/left", "w")),
                   ("var", lambda: os.listdir("/proc/1")), ("exec", lambda: os.execv("/bin/true", ["true"])), ("chroot", lambda: os.chroot("/tmp"))):
    try:
        print(name, what())
    except OSError as e:
        print(name, type(e).__name__, e.errno)
open("left", "w").close()
"""
WRITTEN = "True True [] True /tmp []\n"
FAULTY = {"max_workers": 1, "ready_children": "false", "worker_timeout": 10}
# What is made once, when a template begins to serve or a copy's program has begun, is not on its way.
FIRST, SAYS = "clone", "sendmsg"


def on_its_way(calls):
    """A copy's, up to the message that it has taken its run."""
    said = [i for i, name in enumerate(calls) if name == SAYS]
    return calls[: said[-1] + 1]


def record(s, role):
    """Every call of that process for one run; of a template also those of its copy."""
    pid = {"template": s.template()["pid"], "usher": s.usher(), "monitor": s.pid}[role]
    s.warm_says("print(1)")
    with Fault(-1, "", 0, "", pid) as fault:
        assert s.warm_says("print(1)") == "1\n"
        time.sleep(0.05)
    return fault.calls


def cases(calls, every):
    seen, found = {}, []
    for name in calls:
        seen[name] = seen.get(name, 0) + 1
        if name not in CANNOT_FAIL and name in NUMBERS and seen[name] <= 6:
            found.append((name, seen[name], ERROR_OF.get(name, "EIO")))
    return found if ALL else [c for i, c in enumerate(found) if i % every == 0 or (every > 5 and c[0] in NEVER_LEFT_OUT)]


# Steps of the jail: each is a test.
NEVER_LEFT_OUT = set("setresuid setresgid capset chdir landlock_restrict_self seccomp setsid dup3 sendmsg recvmsg clone write".split())


def said(s):
    """The log without what the tests asked themselves."""
    return "\n".join(line for line in s.log().splitlines() if "path=/health" not in line)[-1000:]


def assert_faults(s, role, who, picked, may_miss=True):
    """After each the run is right, and so is the next, warm. What was recorded may be another call the next time."""
    whole = s.says(JAILED)
    assert whole.startswith(WRITTEN) and whole.count("PermissionError 1\n") >= 4, whole
    missed, what = [], "nothing yet"
    for call, k, error in picked:
        assert until(lambda: s.state() == "ready", 12, 0.03), (what, s.template(), said(s))
        what = f"{role} {who} {call} {k} {error}"
        pid = {"template": lambda: s.template()["pid"], "usher": s.usher, "monitor": lambda: s.pid}[role]()
        with Fault(who, call, k, error, pid) as fault:
            begin = time.monotonic()
            answer = s.run(JAILED)
            took = time.monotonic() - begin
        if not fault.hit:
            missed.append(what)
        assert answer["code"] == 0 and answer["data"]["stdout"] == whole, (what, answer, said(s))
        assert took < 6, (what, took)
        assert s.process.poll() is None, what
        assert s.says("print(1)") == "1\n", what
    assert len(missed) <= may_miss * (len(picked) // 2), missed
    s.wait_warm(12)
    assert s.warm_says("print(1)") == "1\n"
    s.assert_at_rest()


@pytest.mark.parametrize("role, who, every", [("template", 1, 9), ("template", 0, 5), ("usher", 0, 3)], ids=["copy", "template", "usher"])
def test_a_call_fails(role, who, every):
    with started(FAULTY) as s:
        s.wait_warm()
        calls = record(s, role)
        assert who in calls, calls.keys()
        picked = cases(on_its_way(calls[1]) if who == 1 else calls[who], every)
        assert picked
        assert_faults(s, role, who, picked)


# pidfd_open is not among them: what a copy has begun by then is killed, and says so.
# Messages: the order, the run's descriptors, to the server that it has begun, and that it has ended.
MONITOR = [("socketpair", 1, "EMFILE"), ("setsockopt", 1, "ENOMEM"), ("sendmsg", 1, "EAGAIN"), ("sendmsg", 1, "ENOBUFS"), ("sendmsg", 2, "EAGAIN"),
           ("sendmsg", 3, "EAGAIN"), ("sendmsg", 3, "ENOBUFS"), ("sendmsg", 4, "EAGAIN"),
           ("epoll_ctl", 1, "ENOMEM"), ("epoll_ctl", 2, "ENOMEM"), ("openat", 1, "EMFILE")]


def test_a_call_of_the_monitor_fails():
    with started(FAULTY, expected_errors=".") as s:
        s.wait_warm()
        assert_faults(s, "monitor", 0, MONITOR, may_miss=False)


def test_no_pidfds():
    """A kernel without them: runs are cold, for good and with the reason."""
    with started(FAULTY) as s:
        s.wait_warm()
        with Fault(0, "pidfd_open", 1, "ENOSYS", s.pid) as fault:
            s.run("print(1)")
        assert fault.hit and s.state() == "off" and "pidfd_open" in s.template()["why"]
        for _ in range(3):
            assert s.says("print(1)") == "1\n" and s.runs() <= 1


# A package that is an enemy

# Not in the trial, which is a child of the template's and can end it.
ENEMY = IN_TRIAL + """raise SystemExit
import ctypes, errno, os, socket, struct, time
libc = ctypes.CDLL(None, use_errno=True)
BASE, PORT = {base}, {port}
def attempt(name, what):
    try:
        got = what()
    except BaseException as e:
        got = type(e).__name__ + " " + str(getattr(e, "errno", ""))
    os.write(2, ("TRY %s: %s\\n" % (name, got)).encode())
def call(name, *args):
    ctypes.set_errno(0)
    return errno.errorcode.get(ctypes.get_errno(), 0) if getattr(libc, name)(*args) < 0 else "done"
"""
TRIES = ENEMY + """
for uid in 0, os.getuid(), BASE - 1, BASE + 2, *range(BASE + 59, BASE + 64), 65534, 1000:
    attempt("uid", lambda: call("setresuid", uid, uid, uid))
    attempt("gid", lambda: call("setresgid", uid, uid, uid))
for name in "setuid", "setgid", "setfsuid":
    attempt(name, lambda: call(name, BASE))
attempt("groups", lambda: os.setgroups([0]))
attempt("parent", lambda: os.kill(os.getppid(), 9))
attempt("init", lambda: os.kill(1, 9))
attempt("ptrace", lambda: call("ptrace", 16, os.getppid(), 0, 0))
attempt("proc", lambda: os.listdir("/proc/1"))
attempt("out", lambda: os.stat("/../../{marker}"))
attempt("chroot", lambda: os.chroot("/tmp"))
attempt("mount", lambda: call("mount", b"x", b"/tmp", b"tmpfs", 0, 0))
attempt("unshare", lambda: call("unshare", 0x10000000))
attempt("exec", lambda: os.execv("/bin/true", ["true"]))
attempt("etc", lambda: open("/etc/left", "w"))
def ask():
    # The connection is taken and closed; an answer is what must not come.
    with socket.create_connection(("127.0.0.1", PORT), 3) as s:
        s.sendall(b"GET /health HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
        if not s.recv(100):
            raise ConnectionResetError(errno.ECONNRESET, "closed without a word")
        return "an answer"
attempt("server", ask)
if os.fork() == 0:
    attempt("SLOT", lambda: call("setresgid", BASE, BASE, BASE))
    attempt("SLOT", lambda: call("setresuid", BASE, BASE, BASE))
    os._exit(0)
os.wait()
os.write(2, b"TRIED\\n")
"""


@pytest.mark.parametrize("network", [False, True], ids=["no network", "network"])
def test_what_an_enemy_can_do(tree, network):
    """Nothing but become a slot."""
    port = free_port()
    tree.add("warm_enemy.py", TRIES.replace("{base}", str(UID_BASE)).replace("{port}", str(port)).replace("{marker}", os.path.basename(tree.root)))
    with tree.server("warm_enemy", {"app.port": port, "enable_network": str(network).lower()}) as s:
        assert until(lambda: s.log().count("TRIED") > network, 15), s.log()
        assert s.uid == UID_BASE, "its uids were in use"
        tries = re.findall(r"TRY (\w+): ([^\"\n]*)", s.log())
        succeeded = {t for t in tries if t[0] != "SLOT" and not re.fullmatch(r"E[A-Z]+|[A-Z]\w+Error \d+", t[1])}
        assert len(tries) > 30 and ("SLOT", "done") in tries
        assert not succeeded
        assert s.says("print(1)") == "1\n" and s.node("console.log(1)")["stdout"] == "1\n"


AFTERWARDS = ENEMY + """
orders, deaths, gate = (socket.socket(fileno=n) for n in (3, 4, 5))
death = lambda pid=0, status=0: struct.pack("iiqq", pid, status, 0, 0)
if os.fork() == 0:
    time.sleep(0.5)
    try:
        {what}
    except OSError:
        pass
    os._exit(0)
orders.detach(), deaths.detach(), gate.detach()
"""


def afterwards(what):
    """A module that does that half a second after its template serves."""
    return AFTERWARDS.replace("{base}", "0").replace("{port}", "0").replace("{what}", what)


GARBAGE = {
    "forged deaths": "[deaths.send(death(pid, status)) for status in (0, 9, 255) for pid in range(-3, 300)]",
    "deaths forever": "[deaths.send(death(pid)) for _ in iter(int, 1) for pid in (0, 7)]",
    "short": "deaths.send(b'x')",
    "long": "deaths.send(bytes(100))",
    "empty": "deaths.send(b'')",
    "end": "deaths.shutdown(socket.SHUT_RDWR)",
    "done, often": "[orders.send(b'') or orders.send(b'xxxxxxxx', socket.MSG_DONTWAIT) for _ in range(1000)]",
    "no orders any more": "orders.shutdown(socket.SHUT_RDWR)",
    "steals orders": "[orders.recv(1 << 20) for _ in iter(int, 1)]",
    "descriptors": "[socket.send_fds(deaths, [death()], [0, 1, 2]) for _ in range(100)]",
    "tickets forever": "[gate.send(struct.pack('I', n)) for _ in iter(int, 1) for n in range(100)]",
    "tickets, short": "[gate.send(b'x') for _ in iter(int, 1)]",
    "tickets with descriptors": "[socket.send_fds(gate, [struct.pack('I', n)], [0, 1, 2]) for _ in iter(int, 1) for n in range(100)]",
    "tickets, never": "gate.shutdown(socket.SHUT_RDWR)",
    "prints": "[os.write(2, b'x' * 999 + b'\\n') for _ in range(300)]",
    "kills": "os.kill(-1, 9)",
}


SLOW = ("short", "empty", "steals orders", "descriptors", "tickets with descriptors")


@pytest.mark.parametrize("what", [what for what in GARBAGE if ALL or what not in SLOW])
def test_garbage_from_a_template(tree, what):
    """The monitor and the server live, other languages go on; where this one does, it is right or says that it was killed."""
    tree.add("warm_enemy.py", afterwards(GARBAGE[what]))
    with tree.server("warm_enemy", {"worker_timeout": 3}) as s:
        s.wait_warm()
        until_then = time.monotonic() + 1.2
        while time.monotonic() < until_then:
            begin = time.monotonic()
            assert s.node("console.log(1)")["stdout"] == "1\n"
            assert time.monotonic() - begin < 1.2
            answer = s.run("print(1)")
            assert answer["code"] == 0 and "1\n".startswith(answer["data"]["stdout"]), answer
        assert until(s.slots_free, 5)
        assert s.process.poll() is None and {s.server, s.keeper} <= set(s.descendants())
        # Nothing that is not a slot's or the template's: no other uid came to be.
        assert {u for u in s.descendants().values()} <= {0, *range(s.uid, s.uid + 64)}


def test_monitor_closes_no_strangers_socket(tree):
    """A descriptor whose last close waits (SO_LINGER) comes from a template: nobody waits for it."""
    with socket.create_server(("127.0.0.1", 0)) as sink:
        flood = """[deaths.send(death()) for _ in iter(int, 1)] if os.fork() == 0 else None
        time.sleep(0.3)
        for _ in range(4):
            s = socket.create_connection(('127.0.0.1', %d), 3)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 20))
            s.setblocking(False)
            try:
                while True: s.send(bytes(65536))
            except BlockingIOError: pass
            s.setblocking(True)
            fd, close, message = s.detach(), os.close, death()
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack('i', fd))]
            deaths.sendmsg([message], rights); close(fd)""" % sink.getsockname()[1]
        tree.add("warm_enemy.py", afterwards(flood))
        with tree.server("warm_enemy") as s:
            s.wait_warm(network=True)
            end = time.monotonic() + 3
            while time.monotonic() < end:
                begin = time.monotonic()
                assert s.node("console.log(1)")["stdout"] == "1\n"
                assert time.monotonic() - begin < 2


def test_many_processes_of_a_template(tree):
    """As many as a few programs may have, not as many as the machine has."""
    tree.add("warm_enemy.py", """
import os, time
n = 0
try:
    while n < 1500:
        if os.fork() == 0:
            time.sleep(1000)
            os._exit(0)
        n += 1
except OSError:
    pass
os.write(2, b"FORKED %d\\n" % n)
""")
    with tree.server("warm_enemy") as s:
        assert until(lambda: "FORKED" in s.log(), 10)
        assert int(re.search(r"FORKED (\d+)", s.log()).group(1)) < 1000
        assert s.says("print(1)") == "1\n"
