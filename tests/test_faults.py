"""
Every system call that the jail, the listener or the clean-up makes fails once: the server
answers, frees the slot, leaks nothing. And whole processes that die or stop in the middle.

fault.c makes one call of one process fail. First it only lists: what monitor, run (up to its
execve), sweeper and server do for each of SCENES, and a server at its start. Of that list each
call that can fail is a test, as run-openat-1-EMFILE; without FAULTS=all in the environment
only every SAMPLE-th of them.
"""
import contextlib
import errno
import glob
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest

import serving
from harness import ROOT, ROOTFS
from serving import (BINARY, ERROR_LINE, KEY, RUN, SANITIZER, Connection, Server, descriptors_at_rest, environment, get, is_waiting, processes,
                     run_bytes, until)

ALL = os.environ.get("FAULTS") == "all"
SAMPLE = 7
BOUND = 15                              # seconds in which every request is answered, or its connection closed

# The error that fits a call. What is not here gives EIO.
ERRORS = {
    "ENOMEM": "mmap clone fork seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self epoll_ctl memfd_create "
              "setsockopt getsockopt bpf unshare mprotect",
    "EMFILE": "openat open pipe2 pipe socket socketpair accept4 accept dup3 dup2 fcntl epoll_create1 signalfd4",
    "ENOSPC": "mkdirat mkdir mount ftruncate",
    "EPERM": "setns setsid prctl prlimit64 chroot setgroups setresgid capset capget chown fchown fchmod setresuid pivot_root umount2 kill "
             "mount_setattr sethostname move_mount fsopen",
    "EINVAL": "close_range getgroups setitimer getrlimit",
    "EACCES": "chdir fchdir newfstatat fstat stat lstat execve readlink statfs fstatfs access faccessat",
    "EFAULT": "getresuid getresgid getrandom uname",
    "EINTR": "nanosleep clock_nanosleep flock",
    "EADDRNOTAVAIL": "bind",
    "ENOBUFS": "sendmsg sendto recvmsg recvfrom",
    "EBUSY": "unlinkat rmdir renameat",
}
ERROR_OF = {call: error for error, names in ERRORS.items() for call in names.split()}
ERROR_OF_ROLE = {("monitor", "clone"): "EAGAIN", ("monitor", "fork"): "EAGAIN"}

# What the kernel cannot refuse a process of ours, or whose result is not looked at for a reason.
CANNOT_FAIL = set(
    "exit exit_group getpid gettid getppid getuid geteuid getgid getegid umask set_tid_address set_robust_list rt_sigreturn sched_yield "
    # no memory is asked for, arguments that are ours and right
    "rt_sigprocmask rt_sigaction clock_gettime clock_getres munmap madvise futex restart_syscall tkill tgkill arch_prctl "
    # brk gives an address, never an errno
    "brk "
    # "there is nobody" (ESRCH) is its only error, and one of its answers
    "getpriority "
    # "there is none" (ECHILD) is its only error besides EINTR, which no signal can cause: they are blocked
    "wait4".split()
)
# Calls whose failure rightly ends everything, with status 1 or by abort(3).
FATAL = {
    ("monitor", "epoll_wait"): "no descriptor can be served any more",
    ("monitor", "epoll_pwait"): "no descriptor can be served any more",
    ("server", "epoll_wait"): "no descriptor can be served any more",
    ("server", "epoll_pwait"): "no descriptor can be served any more",
    ("monitor", "recvmsg"): "what the server asks cannot be read any more",
    ("server", "recvmsg"): "what the monitor says cannot be read any more",
}
# Of the server, calls that serve the client's connection: that may be closed.
CONNECTION = set("accept4 recvfrom read readv recvmsg sendmsg sendto epoll_ctl setsockopt getsockname getpeername shutdown socket close mmap".split())

PYTHON = """
import os, socket
os.makedirs("a/b")
open("a/b/left", "w").write("x" * 10000)
open("left", "w").write("y")
try:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
except OSError as e:
    print("refused")
raise SystemExit(1)
"""
NETWORK = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_STREAM); open('left', 'w').close(); print('network')"
SCENES = {
    # name: request, stdout, exit_code, words of error
    "python": ({"language": "python3", "code": PYTHON}, "refused\n", 1, "process exited with code 1"),
    "node": ({"language": "nodejs", "code": "require('fs').writeFileSync('left', 'x'); console.log('node')"}, "node\n", 0, ""),
    "killed": ({"language": "python3", "code": "open('left', 'w').close(); import time; time.sleep(60)"}, "", -1, "error: timeout"),
    "network": ({"language": "python3", "code": NETWORK, "enable_network": True}, "network\n", 0, ""),
}
# Uids away from those of other tests' servers, whose comings and goings are not to be looked at.
UIDS = 52096 + os.getpid() % 37 * 256  # two servers at a time
UIDS_AT_START = UIDS + 3 * 64           # the three servers of the other tests run on
SETTINGS = {"uid_base": UIDS, "max_workers": 1, "worker_timeout": 10, "max_scratch_mb": 4, "max_scratch_files": 64,
            "templates": "false"}      # the cold way, call by call: copies are no children of the monitor's
ROLES = ("monitor", "run", "sweeper")   # by number: the monitor's children in their order


# fault.c

class Tool:
    path = None

    @classmethod
    def build(cls):
        if cls.path is None:
            cls.dir = tempfile.TemporaryDirectory(prefix="sandbox-fault-")
            cls.path = os.path.join(cls.dir.name, "fault")
            subprocess.run(["gcc", "-O1", "-o", cls.path, os.path.join(ROOT, "tests", "fault.c")], check=True)
        return cls.path


def numbers():
    """name -> number of each system call, as this machine's headers have them."""
    text = subprocess.run(["gcc", "-E", "-dM", "-"], input="#include <sys/syscall.h>\n", capture_output=True, text=True, check=True).stdout
    return {name: int(n) for name, n in re.findall(r"^#define __NR_(\w+) (\d+)$", text, re.M)}


NUMBERS = numbers()
NAMES = {n: name for name, n in NUMBERS.items()}


class Fault:
    """While it lasts, that process's k-th call fails once. Afterwards: hit, and calls as {who: [names]} up to an exec."""

    def __init__(self, who, call, k, error, target, **more):
        """target: a process, or a command to start with these settings of Popen's."""
        read, write = os.pipe()
        target = ["-p", str(target)] if isinstance(target, int) else target
        number = getattr(errno, error) if error else 0
        self.process = subprocess.Popen(
            [Tool.build(), *map(str, (write, who, NUMBERS.get(call, 0), k, number)), *target],
            pass_fds=[write], stdin=subprocess.DEVNULL, **more)
        os.close(write)
        self.out = os.fdopen(read)

    def __enter__(self):
        line = self.out.readline()
        assert line == "attached\n", line
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.finish()

    def finish(self):
        self.hit, self.calls, ended = False, {}, set()
        for line in self.out:
            if line == "injected\n":
                self.hit = True
                continue
            who, nr = line.split()
            if nr == "-":
                ended.add(who)
            elif who not in ended:
                self.calls.setdefault(int(who), []).append(NAMES.get(int(nr), nr))
        self.out.close()
        self.process.wait(10)


def countable(calls):
    """(call, k) of each call that can fail."""
    seen = {}
    for name in calls:
        seen[name] = seen.get(name, 0) + 1
        if name not in CANNOT_FAIL:
            yield name, seen[name]


def thinned(pairs):
    """Of a call that is made over and over the first few, the last and some between: they are rows of one table."""
    most = {}
    for name, k in pairs:
        most[name] = max(k, most.get(name, 0))
    return [(n, k) for n, k in pairs if k <= 6 or k == most[n] or k % 13 == 0]


# A server, looked at from outside

class Watched(Server):
    """One that is asked before and after each fault, and must look the same."""

    def __init__(self, settings=None, **more):
        self.before = traces()
        self.is_warm = (settings or {}).get("templates") == "true"
        super().__init__({**SETTINGS, **(settings or {})}, expected_errors=".", **more)

    def wait_ready(self):
        super().wait_ready()
        assert until(lambda: re.search(r" uid=(\d+)", self.log()), 10), self.log()
        self.uid = int(re.search(r" uid=(\d+)", self.log()).group(1))
        names = {}
        for pid, (ppid, _) in processes().items():
            if ppid == self.pid:
                with contextlib.suppress(OSError), open(f"/proc/{pid}/comm") as f:
                    names[f.read().strip()] = pid
        self.keeper = names.pop("sandbox-keeper")
        self.server = names.pop("sandbox")
        self.parts = {"monitor": self.pid, "server": self.server, "keeper": self.keeper, "deps": names.pop("sandbox-deps")}
        assert self.is_warm or not names, names
        if self.is_warm:                # what a run is made of besides
            self.wait_warm().wait_still()
            family = self.family()
            self.parts.update((f"{kind} {i}", pid) for kind in ("usher", "template") for i, pid in enumerate(family[kind]))

    def request(self, scene):
        """One run's answer: its JSON, or None when the connection was closed instead."""
        fields, *_ = SCENES[scene]
        try:
            with self.connect(BOUND) as c:
                c.send(run_bytes(**fields))
                got = c.response()
        except TimeoutError:
            raise AssertionError(f"no answer in {BOUND} s; {self.log()[-2000:]}") from None
        except (OSError, AssertionError):
            return None
        return {"status": got.status, **got.json()}

    def descriptors(self):
        return {name: descriptors_at_rest([pid]) for name, pid in self.parts.items()}

    def slot_processes(self):
        """Programs: not a copy that waits."""
        return [pid for pid, (_, uid) in processes().items()
                if self.uid <= uid < self.uid + int(SETTINGS["max_workers"]) and not is_waiting(pid, self.max_files)]

    def scratch_files(self):
        inside = f"/proc/{self.pid}/root"
        return os.listdir(f"{inside}/{self.uid}/scratch")

    def slots(self):
        with self.connect(BOUND) as c:
            c.send(get("/health?verbose"))
            return c.response().json()

    def state(self):
        health = self.slots()["slots"]
        return {"slots": (health["free"], health["total"]) if "free" in health else health, "processes": self.slot_processes(),
                "files": self.scratch_files(), "descriptors": self.descriptors()}

    def assert_same(self, before):
        now = None

        def same():
            nonlocal now
            now = self.state()
            return now == before

        assert until(same, 5, 0.02), f"before {before}\nnow    {now}\n{self.log()[-1500:]}"


WARM = pytest.mark.parametrize("templates", ["true", "false"], ids=["warm", "cold"])


def watched(templates, **more):
    return Watched({"templates": templates, **more})


def settled(s, templates):
    """What a server is when nothing runs; with templates a copy waits again."""
    if templates == "true":
        s.wait_warm()
    return s.state()


def traces():
    """What a server may leave on the machine: mounts, cgroups, directories, of those that lie in our trees or have our names."""
    found = set()
    with open("/proc/self/mountinfo") as f:
        found.update(line for line in f if ROOT in line)
    for root in ROOTFS.values():
        found.update(d for d in glob.glob(root + "/tmp/*")
                     if not os.path.basename(d).isdigit() or int(os.path.basename(d)) in range(UIDS, UIDS + 256))
    return found


def cgroups(uid):
    """The directories of a server with these uids, where we live ourselves."""
    places = []
    with open("/proc/self/cgroup") as f:
        own = [line.rstrip("\n").split(":", 2) for line in f]
    with open("/proc/self/mountinfo") as f:
        mounts = [(line.split(" ")[4], line.split(" - ")[1].split()) for line in f if " - cgroup" in line]
    for point, (kind, _, options) in mounts:
        for _, names, path in own:
            if names in ("memory", "pids") and names in options.split(",") or names == "" and kind == "cgroup2":
                places.append(point + path.rstrip("/"))
    return [d for place in places for d in glob.glob(f"{place}/sandbox-{uid}*")]


def assert_gone(parts, uid, before, cgroups_too=True):
    """Nothing of a server is left."""
    assert until(lambda: not set(parts) & set(processes()), 10), parts
    assert until(lambda: not [p for p, (_, u) in processes().items() if uid <= u < uid + 1], 5)
    assert until(lambda: traces() == before, 2), traces() ^ before
    if cgroups_too:
        assert until(lambda: not cgroups(uid), 3), cgroups(uid)


# The list

def recorded():
    """[(scene, role, call, k)] of a server that runs each scene once, warm."""
    cases, seen = [], set()
    for scene in SCENES:
        s = Watched({"worker_timeout": 1} if scene == "killed" else {})
        with s:
            s.request(scene)
            with Fault(-1, "", 0, "", s.server) as of_server, Fault(-1, "", 0, "", s.pid) as of_monitor:
                answer = s.request(scene)
                judge(answer, scene, None, None)
                time.sleep(0.05)
        calls = {ROLES[who]: made for who, made in of_monitor.calls.items() if who < len(ROLES)}
        calls["server"] = of_server.calls[0]
        assert {"monitor", "run", "sweeper", "server"} == set(calls), calls.keys()
        for role in ("monitor", "run", "sweeper", "server"):
            for call, k in thinned(list(countable(calls[role]))):
                # what is the same for each scene is done in the first; the kill's own calls are the monitor's and server's
                if scene != "python" and ((role, call, k) in seen or (scene == "killed" and role == "run")):
                    continue
                if (role, call) in FATAL and k > 3:
                    continue
                seen.add((role, call, k))
                cases.append((scene, role, call, k))
    return cases


WARM_ROLES = ("monitor", "usher", "template")   # each is followed by itself; what it forks runs on
# "Is it a listener?": of one the kernel says ENOENT. What says something else is none, and its template is trusted no more.
ANSWERS = {("monitor", "ioctl")}


def process_of(s, role):
    """The python template's, and its usher's."""
    pid = s.templates()[0]["pid"]
    return {"monitor": s.pid, "usher": processes()[pid][0], "template": pid}[role]


def recorded_warm():
    """[(role, call, k)] of a run in a copy, and of the making of the next one."""
    cases = []
    with watched("true") as s:
        s.request("python")
        settled(s, "true")
        for role in WARM_ROLES:
            with Fault(-1, "", 0, "", process_of(s, role)) as f:
                judge(s.request("python"), "python", None, None)
                settled(s, "true")
            cases += [(role, call, k) for call, k in thinned(list(countable(f.calls.get(0, ())))) if (role, call) not in {*FATAL, *ANSWERS}]
    assert {role for role, _, _ in cases} == set(WARM_ROLES)
    return cases


def recorded_start():
    """[(who, call, k)] of a server's start, up to the line that says it is ready."""
    with tempfile.TemporaryDirectory(prefix="sandbox-test-") as cwd:
        status, text, fault = start(cwd, -1, "", 0, "")
    assert status == 0, text
    return [(who, call, k) for who, made in sorted(fault.calls.items()) for call, k in thinned(list(countable(made)))
            if not call.startswith("epoll_")]  # the loops, which have begun: FATAL


def error_of(role, call):
    return ERROR_OF_ROLE.get((role, call)) or ERROR_OF.get(call, "EIO")


def sampled(cases):
    return cases if ALL else cases[::SAMPLE]


def pytest_generate_tests(metafunc):
    if "fault" in metafunc.fixturenames:
        cases = [c for c in recorded() if (c[1], c[2]) not in FATAL]
        metafunc.parametrize("fault", sampled(cases), ids=lambda c: f"{c[0]}-{c[1]}-{c[2]}-{c[3]}-{error_of(c[1], c[2])}")
    if "warm_fault" in metafunc.fixturenames:
        metafunc.parametrize("warm_fault", sampled(recorded_warm()), ids=lambda c: f"warm-{c[0]}-{c[1]}-{c[2]}-{error_of(c[0], c[1])}")
    if "at_start" in metafunc.fixturenames:
        metafunc.parametrize("at_start", sampled(recorded_start()), ids=lambda c: f"start-{c[0]}-{c[1]}-{c[2]}-{error_of('start', c[1])}")


# One call of a run fails

def judge(answer, scene, role, call):
    """Is it an answer that may be given?"""
    _, stdout, exit_code, words = SCENES[scene]
    if answer is None:
        assert role == "server" and call in CONNECTION, "the connection was closed"
        return "closed"
    if answer["status"] == 200 and answer["code"] == 0:
        data = answer["data"]
        assert (data["stdout"], data["exit_code"]) == (stdout, exit_code), data
        assert words in data["error"], data
        return "ran"
    if role is None:
        raise AssertionError(answer)
    if answer["status"] in (503, 413, 500):
        assert role == "server", answer
        return "refused"
    assert answer["code"] == -500 and re.match(r"[a-z]+: \S", answer["message"]), answer
    return "failed"


class Pool:
    """A server for each kind of scene, as long as it is sound."""

    def __init__(self):
        self.servers = {}

    def get(self, scene):
        kind = scene == "killed"
        if kind not in self.servers:
            s = Watched({"worker_timeout": 1} if kind else {})
            s.wait_ready()
            for name in ("killed",) if kind else ("python", "node", "network"):
                judge(s.request(name), name, None, None)
            self.servers[kind] = s
        return self.servers[kind]

    def drop(self, scene):
        s = self.servers.pop(scene == "killed", None)
        if s is not None:
            s.stop()


@pytest.fixture(scope="module")
def pool():
    p = Pool()
    yield p
    for s in list(p.servers.values()):
        log = s.stop()
        assert s.process.returncode == 0, log[-3000:]
        assert not SANITIZER.search(log), log
        assert_gone(s.parts.values(), s.uid, s.before)


def test_call_fails(pool, fault):
    scene, role, call, k = fault
    s = pool.get(scene)
    try:
        before = s.state()
        who, pid = (0, s.server) if role == "server" else (ROLES.index(role), s.pid)
        with Fault(who, call, k, error_of(role, call), pid):
            answer = s.request(scene)
            if answer is None:
                until(lambda: not s.slot_processes(), 5)
            time.sleep(0.01)            # what comes after the answer
        said = judge(answer, scene, role, call)
        assert said != "failed" or until(lambda: "run_failed" in s.log()), s.log()[-2000:]
        s.assert_same(before)
        judge(s.request(scene), scene, None, None)
        s.assert_same(before)
    except BaseException:
        pool.drop(scene)
        raise


@pytest.fixture(scope="module")
def warm_server():
    s = watched("true")
    s.wait_ready()
    judge(s.request("python"), "python", None, None)
    yield s
    log = s.stop()
    assert s.process.returncode == 0, log[-3000:]
    assert not SANITIZER.search(log), log
    assert_gone(s.parts.values(), s.uid, s.before)


def test_warm_call_fails(warm_server, warm_fault):
    """The run is answered, cold if need be; afterwards a template serves, this one or the next, and nothing is left."""
    role, call, k = warm_fault
    s = warm_server

    def state():
        settled(s, "true")
        now = s.state()
        return {**now, "descriptors": {n: now["descriptors"][n] for n in ("monitor", "server", "keeper")}}

    s.parts = {n: s.parts[n] for n in ("monitor", "server", "keeper")}      # the others may be replaced
    before = state()
    with Fault(0, call, k, error_of(role, call), process_of(s, role)):
        answer = s.request("python")
        time.sleep(0.05)                # the next copy
    judge(answer, "python", role, call)
    judge(s.request("python"), "python", None, None)        # a copy that could not be ordered is with the next run
    assert until(lambda: state() == before, 5, 0.05), (before, state(), s.log()[-1500:])


@pytest.mark.parametrize("role,call", [
    pytest.param(role, call, id=f"{role}-{call}") for (role, call) in FATAL if call in NUMBERS and call != "epoll_wait"])
def test_call_that_ends_everything(role, call):
    s = Watched()
    try:
        s.wait_ready()
        judge(s.request("python"), "python", None, None)
        with Fault(0, call, 2, "EBADF", s.parts[role]) as f:
            answer = s.request("python")
            until(lambda: s.process.poll() is not None, 5)
        if not f.hit:                   # this libc has another call for it
            assert call not in f.calls.get(0, ()), "it is made, and not often enough"
            assert judge(answer, "python", None, None) == "ran"
            return
        assert answer is None or judge(answer, "python", "server", "read") in ("failed", "ran")
        assert s.process.poll() not in (None, 0), s.log()[-2000:]
        # A monitor that was aborted cannot remove its cgroups: the next one that has this name does.
        assert_gone(s.parts.values(), s.uid, s.before, cgroups_too=s.process.returncode > 0)
        remove_cgroups(s.uid)
    finally:
        s.stop()


def remove_cgroups(uid):
    """What a monitor that was killed has left: the next on these uids uses and removes it, which this makes sure of."""
    if not cgroups(uid):
        return
    with Watched({"uid_base": uid}) as s:
        assert s.uid == uid, "its uids were not given back"
        judge(s.request("python"), "python", None, None)
    assert_gone(s.parts.values(), uid, s.before)


# One call of a start fails

def start(cwd, who, call, k, error):
    """`serve` until it is ready or ends: (0 or its exit status, what it said, the fault)."""
    s = socket.create_server(("127.0.0.1", 0))
    port = s.getsockname()[1]
    s.close()
    log = os.path.join(cwd, "log")
    sets = {"listen": "127.0.0.1", "app.port": port, "log_path": log, **SETTINGS, "uid_base": UIDS_AT_START}
    args = [BINARY, "serve", *(a for key, v in sets.items() for a in ("--set", f"{key}={v}"))]
    out = os.path.join(cwd, "out")
    with open(out, "wb") as f:
        fault = Fault(who, call, k, error, args, stdout=f, stderr=f, env=environment(API_KEY=KEY), cwd=cwd)
    fault.port = port

    def text():
        said = ""
        for path in (out, log):
            with contextlib.suppress(OSError), open(path, errors="replace") as f:
                said += f.read()
        return said

    def monitor():
        with contextlib.suppress(OSError), open(f"/proc/{fault.process.pid}/task/{fault.process.pid}/children") as f:
            return next((int(p) for p in f.read().split()), None)
        return None

    def answers():
        """The line that says it is ready may be what failed."""
        with contextlib.suppress(OSError, AssertionError), Connection(port, 1) as c:
            c.send(get("/health"))
            return c.response().status == 200
        return False

    def reached(ready):
        return until(lambda: ready() or (fault.process.poll() is not None and "ended"), BOUND / 2)

    ready = reached(lambda: " ready " in text()) or reached(answers)
    if not ready:
        pid = monitor()
        fault.process.terminate()
        os.kill(pid, signal.SIGKILL)
    assert ready, f"neither ready nor at its end in {BOUND} s: {text()}"
    if ready is True:
        fault.pid = monitor()
        fault.process.send_signal(signal.SIGTERM)       # lets go of all
    fault.finish()
    if ready is True and who == -1:
        os.kill(fault.pid, signal.SIGTERM)
    return (0 if ready is True else 1), text(), fault


def test_start_fails(at_start, tmp_path):
    who, call, k = at_start
    before = traces()
    status, text, fault = start(str(tmp_path), who, call, k, error_of("start", call))
    uids = {UIDS_AT_START, *(int(u) for u in re.findall(r" uid=(\d+)", text))}
    if status == 0:
        pids = [fault.pid, *(pid for pid, (ppid, _) in processes().items() if ppid == fault.pid)]
        try:
            for language, code in (("python3", "print(6 * 7)"), ("nodejs", "console.log(6 * 7)")):
                with Connection(fault.port, BOUND) as c:
                    c.send(run_bytes(code, language))
                    answer = c.response().json()
                if answer["code"] != 0:         # one language may be off, and then it is said
                    assert "language" in text and "cannot be run" in text, (answer, text)
                    continue
                assert answer["data"]["stdout"] == "42\n", answer
            with Connection(fault.port, BOUND) as c:
                c.send(get("/health?verbose"))
                health = c.response().json()
            line = re.search(r"layers=.*|$", text).group(0)
            off = dict(re.findall(r"(\w+) \(([^)]*)\)", line.split("; off: ")[1])) if "; off: " in line else {}
            for name in set(off) - {"user"}:
                assert off[name], line
            assert json.dumps(health), health
        finally:
            os.kill(fault.pid, signal.SIGTERM)
            gone = until(lambda: not set(pids) & set(processes()), 10)
        assert gone, pids
    else:
        assert " ready " not in text, text
        # Out of memory while a filter is compiled, libseccomp (2.5) may use the pointer it did not get.
        if not re.search(r"sandbox: \S.*|error \S.*", text):
            assert call == "mmap", f"no reason: {text!r}"
            remove_cgroups(UIDS_AT_START)
    assert until(lambda: traces() == before, 2), traces() ^ before
    for uid in uids:
        assert until(lambda: not cgroups(uid), 3), cgroups(uid)


# Resources that are at their end

def test_scratch_is_full():
    with watched("true") as s:
        s.python("print(1)")
        before = settled(s, "true")
        data = s.python("f = open('big', 'wb')\nwhile True: f.write(b'x' * 65536); f.flush()")
        assert data["exit_code"] == 1 and "No space left on device" in data["error"], data
        data = s.python("for i in range(1000): open(str(i), 'w').close()")
        assert data["exit_code"] == 1 and "error:" in data["error"], data
        assert s.says("open('a', 'w').write('x' * 1000000); print(1)") == "1\n"
        s.assert_same(before)


def test_few_descriptors_and_many_connections(monkeypatch, tmp_path):
    """The server takes as many connections as it can serve, closes idle ones for new ones, and runs programs all the same."""
    low = tmp_path / "low"
    low.write_text(f'#!/bin/sh\nulimit -n 230\nexec {BINARY} "$@"\n')
    low.chmod(0o755)
    monkeypatch.setattr(serving, "BINARY", str(low))
    with Watched({"max_files": 64}) as s:
        s.python("print(1)")
        before = s.state()
        held = []
        try:
            for i in range(60):
                held.append(s.connect(5))
                if i % 20 == 10:
                    assert s.says("print(1)") == "1\n"
            held[-1].send(run_bytes("print(1)"))
            assert held[-1].response().json()["data"]["stdout"] == "1\n"
        finally:
            for c in held:
                c.sock.close()
        s.assert_same(before)


@WARM
def test_descriptors_of_the_monitor_are_at_their_end(templates):
    with watched(templates) as s:
        s.python("print(1)")
        before = settled(s, templates)
        limits = resource.prlimit(s.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(s.pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{s.pid}/fd")) + 2, limits[1]))
        answer = s.request("python")
        assert answer["code"] == -500 and answer["data"] is None, answer
        resource.prlimit(s.pid, resource.RLIMIT_NOFILE, limits)
        judge(s.request("python"), "python", None, None)
        s.assert_same(before)


@WARM
def test_descriptors_of_the_server_are_at_their_end_when_a_run_begins(templates):
    """What comes with the word that it has begun finds no room: the run is ended, and the client hears why."""
    def held():
        return [os.readlink(f"/proc/{s.server}/fd/{fd}") for fd in os.listdir(f"/proc/{s.server}/fd")]

    with watched(templates, layers="-server") as s:         # or nobody may change its limits
        if templates == "true" and not s.layer("listener"):
            pytest.skip("nothing comes with it")
        s.python("print(1)")
        before = settled(s, templates)
        pipes = sum(link.startswith("pipe:") for link in held())
        limits = resource.prlimit(s.server, resource.RLIMIT_NOFILE)
        with s.connect(BOUND) as c:
            os.kill(s.pid, signal.SIGSTOP)
            try:
                c.send(run_bytes(SLEEP))
                assert until(lambda: sum(link.startswith("pipe:") for link in held()) == pipes + 2, 5, 0.02), held()
                time.sleep(0.1)         # they are what is left when the others have been sent
                assert sum(link.startswith("pipe:") for link in held()) == pipes + 2 and not any("memfd" in link for link in held()), held()
                resource.prlimit(s.server, resource.RLIMIT_NOFILE, (3, limits[1]))
            finally:
                os.kill(s.pid, signal.SIGCONT)
            answer = c.response().json()
        resource.prlimit(s.server, resource.RLIMIT_NOFILE, limits)
        assert answer["code"] == -500 and re.match("listener: .*(file descriptors|open files)", answer["message"]), answer
        judge(s.request("python"), "python", None, None)
        s.assert_same(before)


@pytest.mark.parametrize("limit", [20, 70, 100, 210])
def test_too_few_descriptors(tmp_path, limit):
    got = subprocess.run(["/bin/sh", "-c", f"ulimit -n {limit}; exec {BINARY} serve --set listen=127.0.0.1 --set max_workers=1"],
                         env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=tmp_path, timeout=20)
    assert got.returncode == 1 and re.search("sandbox: .*descriptor", got.stderr), got


# Processes that die or stop in the middle

SLEEP = "import time; open('left', 'w').close(); print('on', flush=True); time.sleep(60)"


@WARM
@pytest.mark.parametrize("victim", ["monitor", "keeper", "server"])
def test_killed(victim, templates):
    s = watched(templates)
    try:
        s.wait_ready()
        judge(s.request("python"), "python", None, None)
        with s.connect(BOUND) as c:
            c.send(run_bytes(SLEEP))
            assert until(s.slot_processes), "no program"
            os.kill(s.parts[victim], signal.SIGKILL)
            start_time = time.monotonic()
            try:
                got = c.response().json()
                assert victim != "server" and (got["code"] == -500 or got["data"]["exit_code"] == -1), got
            except (OSError, AssertionError) as e:
                assert victim == "server" and not isinstance(e, TimeoutError), e
        assert until(lambda: s.process.poll() is not None, 10), s.log()
        assert time.monotonic() - start_time < 10
        assert s.process.returncode not in (0, None)
        assert_gone(s.parts.values(), s.uid, s.before, cgroups_too=victim != "monitor")
        remove_cgroups(s.uid)
    finally:
        s.stop()


@WARM
def test_stopped_run(templates):
    """SIGSTOP does not outlive the time limit, nor does what it holds."""
    with watched(templates, worker_timeout=1) as s:
        s.request("killed")
        before = settled(s, templates)
        with s.connect(BOUND) as c:
            c.send(run_bytes(SLEEP))
            assert until(s.slot_processes), "no program"
            for pid in s.slot_processes():
                os.kill(pid, signal.SIGSTOP)
            data = c.response().json()["data"]
        assert data["exit_code"] == -1 and "error: timeout" in data["error"], data
        s.assert_same(before)


@WARM
def test_client_goes_while_the_run_is_stopped(templates):
    with watched(templates) as s:
        s.python("print(1)")
        before = settled(s, templates)
        c = s.connect(BOUND)
        c.send(run_bytes(SLEEP))
        assert until(s.slot_processes), "no program"
        for pid in s.slot_processes():
            os.kill(pid, signal.SIGSTOP)
        c.sock.close()
        s.assert_same(before)
