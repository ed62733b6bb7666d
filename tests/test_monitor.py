"""
The processes of one server, and what stands between them and the machine: what each of them may
do, what is left when one of them is killed, and what each layer does that is not there without it.
"""
import contextlib
import glob
import os
import re
import signal
import socket
import subprocess
import time

import pytest

from serving import BINARY, ROOTS, Server, environment, processes, run_bytes, until

LAYERS = ("listener", "landlock", "user", "mount", "locks", "pid", "ipc", "uts", "net", "memory", "pids", "kill", "connect", "server")
UID_BASE = 62016        # the first of 64 that no other test takes
SLEEP = "import time; open('left', 'w').write('x'); time.sleep(60)"


def status(pid):
    """The fields of /proc/PID/status."""
    with open(f"/proc/{pid}/status") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def mounts():
    """Of ours, in the machine's own namespace."""
    with open("/proc/self/mounts") as f:
        return sorted(m for m in f if m.startswith("sandbox ") or any(root in m for root in ROOTS.values()))


def cgroups(uid):
    """What the server whose first slot is uid has in the cgroup file systems."""
    return [d for d, dirs, _ in os.walk("/sys/fs/cgroup") for d in (os.path.join(d, n) for n in dirs)
            if os.path.basename(d) in (f"sandbox-{uid}", f"sandbox-{uid}-server")]


def scratch_dirs():
    """In the root filesystems themselves, with the numbers of UID_BASE's block."""
    block = range(UID_BASE, UID_BASE + 64)
    return sorted(p for root in ROOTS.values() for uid in block for p in glob.glob(f"{root}/tmp/*{uid}"))


class Traces:
    """What a server could leave on this machine, before it starts and after its end."""

    def __init__(self):
        self.mounts, self.dirs, self.cgroups = mounts(), scratch_dirs(), cgroups(UID_BASE)

    def watch(self, server):
        """It runs now: these are its processes."""
        self.uid = server.first_uid()
        assert self.uid == UID_BASE, "its uids were in use"
        self.pids = {server.pid, *server.descendants()}
        family = server.family()
        assert family["usher"] and family["template"], family

    def left(self, processes_only=False):
        """Of its 64 uids and its processes; and mounts, cgroups, directories of slots."""
        found = [f"process {pid}" for pid, (_, uid) in processes().items() if pid in self.pids or self.uid <= uid < self.uid + 64]
        if not processes_only:
            found += [m for m in mounts() if m not in self.mounts]
            found += [d for d in scratch_dirs() + cgroups(self.uid) if d not in self.dirs + self.cgroups]
        return found

    def all_reaped(self):
        """Not even the dead are there, which init takes at its leisure."""
        for uid in range(self.uid, self.uid + 64):
            with contextlib.suppress(ProcessLookupError):
                os.getpriority(os.PRIO_USER, uid)
                return False
        return True


@contextlib.contextmanager
def in_flight(server, n):
    """n connections, each with a program that sleeps."""
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(n)]
        for c in clients:
            c.send(run_bytes(SLEEP))
        server.wait_program(n)
        yield clients


@pytest.fixture(scope="module")
def server():
    with Server({"max_workers": 2, "worker_timeout": 10, "max_memory_mb": 128, "max_scratch_mb": 32}) as s:
        yield s.wait_warm().wait_still()


# What each process is


def test_server_has_no_privilege(server):
    fields = status(server.server)
    assert {fields[k] for k in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert fields["NoNewPrivs"] == "1" and fields["Groups"].strip() == ""
    assert fields["Seccomp"] == "2" or "san" in BINARY  # a sanitizer opens files and forks


def test_server_has_no_files(server):
    assert os.listdir(f"/proc/{server.server}/root") == [] == os.listdir(f"/proc/{server.server}/cwd")
    assert os.readlink(f"/proc/{server.server}/root").endswith("(deleted)")


def test_server_is_nobody_else(server):
    """Its uid is no slot's, nor the keeper's, and it cannot be looked into by one of the same."""
    uids = set(status(server.server)["Uid"].split())
    assert len(uids) == 1 and uids == set(status(server.server)["Gid"].split())
    uid, slots = int(uids.pop()), {server.first_uid(), server.first_uid() + 1}
    assert uid not in slots | {0, int(status(server.keeper)["Uid"].split()[0])}
    assert os.stat(f"/proc/{server.server}/environ").st_uid == 0, "it is dumpable"


def test_server_is_a_session_of_its_own(server):
    assert os.getsid(server.server) == server.server != os.getsid(server.pid)


def test_keeper_has_nothing(server):
    assert os.listdir(f"/proc/{server.keeper}/fd") == []
    fields = status(server.keeper)
    assert {fields[k] for k in ("CapPrm", "CapEff")} == {"0" * 16} and fields["NSpid"].split()[-1] == "1"


def test_monitor_holds_no_connection_and_no_port(server):
    """Only what it was given: no listening socket, so the port is closed when the server closes it."""
    def sockets(pid):
        return {link for fd in glob.glob(f"/proc/{pid}/fd/*") if (link := os.readlink(fd)).startswith("socket:")}

    with server.connect():
        assert not sockets(server.pid) & sockets(server.server)


@pytest.mark.parametrize("templates", [True, False], ids=["warm", "cold"])
def test_the_programs_parent(templates):
    """The template, a child of its usher's, which is the monitor's; or the monitor itself."""
    with Server({"max_workers": 2, "templates": str(templates).lower()}) as s:
        if templates:
            s.wait_warm()
        with in_flight(s, 1):
            (pid, uid), = s.programs().items()
            table = processes()
            chain = [table[pid][0]]
            while chain[-1] != s.pid:
                chain.append(table[chain[-1]][0])
            assert len(chain) == (3 if templates else 1)
            if templates:
                assert chain[0] in s.family()["template"] and chain[1] in s.family()["usher"]
            assert len(status(pid)["NSpid"].split()) == 2
            assert uid in s.slot_uids()


def test_usher_and_template(server):
    """Root with two rights, and a uid of nobody else's with two, for which its filter has a range."""
    family, seen = server.family(), set()
    assert family["usher"] and family["template"] and family["copy"]
    for pid in family["usher"]:
        fields = status(pid)
        assert int(fields["CapPrm"], 16) == int(fields["CapEff"], 16) == 1 << 18 | 1 << 5, fields    # SYS_CHROOT, KILL
        assert os.getsid(pid) == pid
    for pid in family["template"]:
        fields = status(pid)
        (uid,), keys = set(fields["Uid"].split()), ("CapPrm", "CapEff", "CapAmb", "CapInh")
        assert int(uid) not in {0, *server.slot_uids(), int(status(server.server)["Uid"].split()[0]), int(status(server.keeper)["Uid"].split()[0])}
        assert {int(fields[k], 16) for k in keys} == {3 << 6} and int(fields["CapBnd"], 16) == 0, fields    # SETGID, SETUID
        assert fields["NoNewPrivs"] == "1" and fields["Seccomp"] == "2"
        seen.add(os.path.basename(os.readlink(f"/proc/{pid}/exe"))[:4])
    for pid in family["copy"]:
        fields = status(pid)
        assert {int(fields[k], 16) for k in ("CapPrm", "CapEff", "CapBnd", "CapAmb", "CapInh")} == {0}
        assert fields["NoNewPrivs"] == "1" and fields["Seccomp"] == "2" and int(fields["Uid"].split()[0]) in server.slot_uids()
    assert "pyth" in seen


def test_template_is_killed(server):
    """Its runs go on, and those that come meanwhile; a new one takes its place."""
    with Server({"max_workers": 2, "worker_timeout": 10}) as s, s.connect() as c:
        s.wait_warm()
        pid = s.templates()[0]["pid"]
        c.send(run_bytes("import time; time.sleep(1.2); print('on')"))
        s.wait_program()
        os.kill(pid, signal.SIGKILL)
        assert s.says("print(1)") == "1\n"
        assert c.response().json()["data"]["stdout"] == "on\n"
        assert until(lambda: s.templates()[0]["state"] == "ready" and s.templates()[0]["pid"] != pid)
        assert until(lambda: pid not in processes()) and s.says("print(2)") == "2\n"


@pytest.mark.parametrize("layers", ["", "-pid", "-pid,-mount"])
def test_template_is_replaced(layers):
    """The one before goes; its last run, which is longer, does not."""
    with Server({"max_workers": 2, "worker_timeout": 10, "template_max_runs": 2, "layers": layers}) as s, s.connect() as c:
        s.wait_warm()
        first = s.templates()[0]["pid"]
        c.send(run_bytes("import time; time.sleep(1.5); print('on')"))
        s.wait_program()
        for i in range(3):
            assert s.says(f"print({i})") == f"{i}\n"
        assert until(lambda: s.templates()[0]["pid"] not in (0, first) and first not in processes())
        assert c.response().json()["data"]["stdout"] == "on\n"


# The end of one of them

MODES = {"all layers": "", "no mounts": "-mount", "no pid namespace": "-pid", "no keeper": "-pid,-net", "no cgroup": "-memory,-pids,-kill,-connect",
         "neither": "-pid,-mount"}


def killed(mode, expected=".", n=8):
    return Server({"max_workers": n, "worker_timeout": 60, "layers": MODES[mode], "uid_base": UID_BASE}, expected_errors=expected)


@pytest.mark.parametrize("mode", MODES)
def test_monitor_is_killed(mode):
    """
    Every request is answered, or its connection closed; then no process is left. Directories of
    cgroups and (without the mount layer) scratch directories stay for the next server to take.
    """
    traces = Traces()
    with killed(mode) as s:
        s.wait_warm()
        with in_flight(s, 8) as clients:
            traces.watch(s)
            os.kill(s.pid, signal.SIGKILL)
            said = 0
            for c in clients:
                with contextlib.suppress(ConnectionResetError):
                    if c.more():
                        answer = c.response().json()
                        assert answer["code"] == -500 and answer["message"].startswith("monitor: "), answer
                        said += 1
            assert said > 0
        assert s.process.wait(5) == -signal.SIGKILL
        assert until(lambda: not traces.left(processes_only=True), 10), traces.left(processes_only=True)
        assert mounts() == traces.mounts
        with pytest.raises(ConnectionRefusedError):
            s.connect()
    assert until(traces.all_reaped, 20)
    with killed(mode) as again:                     # takes the same uids, with what is left there
        assert again.first_uid() == traces.uid
        for _ in range(8):
            assert again.says("import os; print(os.listdir())") == "[]\n"
    assert until(lambda: not traces.left(), 10), traces.left()


@pytest.mark.parametrize("mode", MODES)
def test_server_is_killed(mode):
    traces = Traces()
    with killed(mode, "the server was killed by signal 9") as s:
        s.wait_warm()
        with in_flight(s, 8) as clients:
            traces.watch(s)
            os.kill(s.server, signal.SIGKILL)
            for c in clients:
                with contextlib.suppress(ConnectionResetError):
                    assert not c.more()
            assert s.process.wait(10) == 1
        assert until(lambda: not traces.left(), 2), traces.left()


@pytest.mark.parametrize("mode", ["all layers", "no mounts", "no pid namespace", "no cgroup"])
def test_keeper_is_killed(mode):
    """With it dies what is in its namespaces; there is no going on without."""
    traces = Traces()
    with killed(mode) as s:
        s.wait_warm()
        with in_flight(s, 8) as clients:
            traces.watch(s)
            os.kill(s.keeper, signal.SIGKILL)
            for c in clients:
                with contextlib.suppress(ConnectionResetError):
                    if c.more():
                        assert c.response().json()["code"] in (0, -500)
            assert s.process.wait(20) == 1
        assert until(lambda: not traces.left(), 2), traces.left()


@pytest.mark.parametrize("mode", MODES)
def test_normal_stop_leaves_nothing(mode):
    traces = Traces()
    with killed(mode, n=3) as s:
        s.wait_warm()
        assert s.says("open('left', 'w'); print(1)") == s.says("console.log(1)", "nodejs") == "1\n"
        assert mounts() == traces.mounts
        assert until(lambda: s.family()["copy"])
        traces.watch(s)
        s.process.send_signal(signal.SIGTERM)
        assert s.process.wait(5) == 0
        assert traces.left() == []


@pytest.mark.parametrize("mode", MODES)
def test_second_stop_leaves_nothing(mode):
    """Runs that do not end are killed, with what is ready for others."""
    traces = Traces()
    with killed(mode, n=3) as s:
        s.wait_warm()
        with in_flight(s, 2):
            traces.watch(s)
            s.process.send_signal(signal.SIGTERM)
            assert until(lambda: " info  stop " in s.log())
            s.process.send_signal(signal.SIGTERM)
            assert s.process.wait(5) == 1
            assert until(lambda: not traces.left(), 1), traces.left()


def test_stop_during_the_start_leaves_nothing():
    """A signal that comes while the processes are being made, or the templates."""
    for ms in [*range(0, 120, 8), *range(120, 600, 60)]:
        traces = Traces()
        s = Server({"max_workers": 2, "uid_base": UID_BASE})
        time.sleep(ms / 1000)
        s.process.send_signal(signal.SIGTERM)
        code = s.process.wait(5)
        log = s.stop()
        assert code in (0, -signal.SIGTERM), (ms, log)
        traces.pids, traces.uid = {s.pid}, UID_BASE
        assert until(lambda: not traces.left(), 2), (ms, traces.left())


def test_sigint_to_the_group_drains_once():
    """As Ctrl-C does, which every process of the group gets."""
    with Server({"max_workers": 1, "worker_timeout": 10}, own_group=True) as s, s.connect() as c:
        c.send(run_bytes("import time; time.sleep(1); print('done')"))
        s.wait_program()
        os.killpg(s.pid, signal.SIGINT)
        assert c.response().json()["data"]["stdout"] == "done\n"
        assert s.process.wait(5) == 0
        assert len(re.findall(r" info  stop ", s.log())) == 1 and "second signal" not in s.log()


RUN_ENDS = {
    "by itself": ("print(1)", None, 0),
    "badly": ("open('left', 'w'); exit(7)", None, 7),
    "by a signal to us": (SLEEP, signal.SIGTERM, 128 + signal.SIGTERM),
    "by Ctrl-C": (SLEEP, signal.SIGINT, 128 + signal.SIGINT),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("end", RUN_ENDS)
def test_run_leaves_nothing(tmp_path, mode, end):
    """`sandbox run` has the same processes."""
    code, signo, wanted = RUN_ENDS[end]
    (tmp_path / "p.py").write_text("print('began', flush=True)\n" + code)
    traces = Traces()
    traces.uid = UID_BASE
    with subprocess.Popen([BINARY, "run", "--set", f"uid_base={UID_BASE}", "--set", f"layers={MODES[mode]}", tmp_path / "p.py"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment(), cwd=tmp_path, preexec_fn=os.setpgrp) as p:
        traces.pids = {p.pid}
        assert p.stdout.readline() == b"began\n"
        if signo is not None:
            os.killpg(p.pid, signo)
        assert p.wait(10) == wanted
    assert until(lambda: not traces.left(), 2), traces.left()


# Each layer


def sandbox(*args, layers="", program=None, **more):
    return subprocess.run([BINARY, *args], input=program, capture_output=True, text=True, timeout=60,
                          env=environment(SANDBOX_LAYERS=layers, **more), cwd="/")


@pytest.mark.parametrize("layer", LAYERS)
def test_without_one_layer(layer):
    assert sandbox("run", "-", layers="-" + layer, program="print(1 + 1)").stdout == "2\n"
    got = sandbox("check", layers="-" + layer)
    said = "not needed: started as root" if layer == "user" else "configured"
    row = rf"^layer {layer} +off .*{said}" if layer == "connect" else rf"^layer {layer} +off {said}$"
    assert got.returncode == 0 and re.search(row, got.stdout, re.M), got.stdout


def test_without_any_layer():
    layers = ",".join("-" + n for n in LAYERS)
    assert sandbox("run", "-", layers=layers, program="print(1 + 1)").stdout == "2\n"


def test_a_layer_of_the_floor_stays():
    got = sandbox("run", "-", layers="-seccomp", program="print(1)")
    assert got.returncode == 125 and "-seccomp is not a minus and a layer that can be switched off" in got.stderr


LOCK = """
import fcntl, time
f = open('/etc/passwd')
try:
    fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
    print('locked', flush=True)
except OSError as e:
    print('refused')
time.sleep(1)
"""


@pytest.mark.parametrize("layers, said", [("", ["locked", "locked"]), ("-locks", ["locked", "refused"])], ids=["on", "off"])
def test_locks(layers, said):
    with Server({"max_workers": 2, "worker_timeout": 10, "layers": layers}) as s, s.connect() as a, s.connect() as b:
        a.send(run_bytes(LOCK))
        b.send(run_bytes(LOCK))
        assert sorted(c.response().json()["data"]["stdout"].strip() for c in (a, b)) == said


def test_locks_of_the_machine_do_not_hold_a_run(server):
    """A lock by somebody outside: the run's file is the overlay's."""
    import fcntl
    with open(ROOTS["SANDBOX_PYTHON_ROOTFS"] + "/etc/passwd") as f:
        fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert server.says(LOCK) == "locked\n"


@pytest.mark.parametrize("path", ["/tmp", "/dev/shm"])
def test_hard_coded_paths(server, path):
    code = f"p = '{path}/name'\nopen(p, 'w').write('x')\nimport os; print(open(p).read(), os.listdir('{path}'), os.environ['HOME'], os.getcwd())"
    assert server.says(code) == "x ['name'] /tmp /tmp\n"
    code = f"const fs = require('fs'); fs.writeFileSync('{path}/name', 'x'); console.log(fs.readdirSync('{path}'))"
    assert server.says(code, "nodejs") == "[ 'code.js', 'name' ]\n"    # the program itself is there, as for node
    assert server.says(f"import os; print(os.listdir('{path}'))") == "[]\n"


def test_named_shared_memory(server):
    code = "import _posixshmem, mmap, os\nfd = _posixshmem.shm_open('/name', os.O_CREAT | os.O_RDWR, mode=0o600)\n" \
        "os.truncate(fd, 4096); m = mmap.mmap(fd, 4096); m[0] = 7; print(m[0], os.listdir('/dev/shm'))"
    assert server.says(code) == "7 ['name']\n"
    assert server.says("import os; print(os.listdir('/dev/shm'))") == "[]\n"


def test_full_scratch_names_the_limit(server):
    data = server.python("with open('/tmp/f', 'wb', 0) as f:\n while True: f.write(bytes(1 << 20))")
    assert data["exit_code"] == 1 and "\nerror: scratch space limit exceeded\n" in data["error"], data
    assert "No space left on device" in data["stderr"]


HOGS = {
    "memfd": "import os\nfor i in range(64):\n f = os.memfd_create('x')\n for j in range(60): os.write(f, bytes(1 << 20))\n",
    "tmpfs, pipes and its own": "import fcntl, os\nwith open('/dev/shm/f', 'wb', 0) as f:\n for i in range(31): f.write(bytes(1 << 20))\n"
        "x = bytearray(100 << 20)\nfor i in range(110):\n r, w = os.pipe(); os.set_blocking(w, False)\n"
        " try: fcntl.fcntl(w, 1031, 1 << 20)\n except OSError: pass\n"
        " try:\n  while True: os.write(w, bytes(65536))\n except BlockingIOError: pass\nprint('took it')\n",
}


@pytest.mark.parametrize("name", HOGS)
def test_memory_that_no_rlimit_counts(name):
    """What is in files in memory and in the kernel's buffers is no process's: the slot as a whole is bounded."""
    with Server({"max_workers": 1, "max_memory_mb": 128, "max_scratch_mb": 32, "allowed_syscalls": "memfd_create"}) as s:
        data = s.python(HOGS[name])
        assert data["exit_code"] == -1, data
        assert data["error"].splitlines()[1] == "error: memory limit exceeded", data
        assert until(lambda: "verdict=memory" in s.log())
        assert s.says("print(1)") == "1\n"


def test_a_bomb_of_threads():
    """RLIMIT_NPROC and the cgroup have the same number: no thread more, and the next run is not hurt."""
    code = "import threading, time\nn = 0\ntry:\n for i in range(70): threading.Thread(target=time.sleep, args=(0.5,), daemon=True).start(); n += 1\n" \
        "except RuntimeError as e: print(n, e)"
    with Server({"max_workers": 1, "max_threads": 20}) as s:
        assert s.says(code) == "19 can't start new thread\n"
        data = s.python(code.replace("except RuntimeError as e: print(n, e)", "finally: pass"))
        assert data["exit_code"] == 1 and "\nerror: thread limit exceeded\n" in data["error"]
        assert s.says("print(1)") == "1\n"


def own_addresses():
    """Loopback, and whatever address this machine has besides."""
    found = ["127.0.0.1", "::1"]
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("192.0.2.1", 9))
        found.append(s.getsockname()[0])
    return found


CONNECT = """
import socket
for address in {addresses}:
    with socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET) as s:
        s.settimeout(5)
        try:
            s.connect((address, {port}))
            s.sendall(b'GET /health HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n')
            print(len(s.recv(100)))
        except OSError as e:
            print(type(e).__name__, e.errno)
"""


@pytest.mark.parametrize("layers", ["", "-connect"], ids=["on", "off"])
def test_own_port(layers):
    """connect(2) is refused; without the layer the connection is closed, and no byte comes."""
    addresses = own_addresses()
    with Server({"max_workers": 1, "listen": "::", "layers": layers}) as s:
        lines = s.says(CONNECT.format(addresses=addresses, port=s.port), enable_network=True).splitlines()
        assert len(lines) == len(addresses)
        for line in lines:
            assert line == "PermissionError 1" if layers == "" else line in ("0", "ConnectionResetError 104", "BrokenPipeError 32"), lines
        # A port of somebody else's is none of our business.
        with socket.create_server(("127.0.0.1", 0)) as other:
            said = s.says(CONNECT.replace("s.sendall(", "print('there'); continue; (").format(
                addresses=["127.0.0.1"], port=other.getsockname()[1]), enable_network=True)
            assert said == "there\n"


def test_no_network_without_asking(server):
    """A namespace without an interface that is up."""
    with in_flight(server, 1):
        (pid, _), = server.programs().items()
        assert os.readlink(f"/proc/{pid}/ns/net") != os.readlink("/proc/self/ns/net")
        with open(f"/proc/{pid}/net/dev") as f:
            assert [line.split(":")[0].strip() for line in f if ":" in line] == ["lo"]
        with open(f"/proc/{pid}/net/if_inet6") as f:
            assert f.read() == ""


NAMESPACES = {"pid": "pid", "net": "net", "ipc": "ipc", "uts": "uts", "mount": "mnt"}


@pytest.mark.parametrize("layer", NAMESPACES)
def test_namespace(layer):
    """A run's is not the machine's; with the layer off it is."""
    def is_ours(layers):
        with Server({"max_workers": 1, "layers": layers}) as s, in_flight(s, 1):
            (pid, _), = s.programs().items()
            return os.readlink(f"/proc/{pid}/ns/{NAMESPACES[layer]}") == os.readlink(f"/proc/self/ns/{NAMESPACES[layer]}")

    assert not is_ours("") and is_ours("-" + layer)


def test_host_name(server):
    assert server.says("import socket; print(socket.gethostname())") == "sandbox\n"
    assert socket.gethostname() != "sandbox"


def test_pid_numbers_of_its_own(server):
    """A copy's parent is the template; a cold run's is outside."""
    pid, parent = map(int, server.says("import os; print(os.getpid(), os.getppid())").split())
    assert 1 < parent < pid
    with Server({"max_workers": 1, "templates": "false"}) as s:
        pid, parent = map(int, s.says("import os; print(os.getpid(), os.getppid())").split())
        assert pid > 1 and parent == 0
