#!/usr/bin/env python3
"""
soak.py - many runs against one server, and nothing that grows.

    tests/soak.py [RUNS] [SECONDS]      100000, and as long as that takes

Python, 3 % Node, 5 % programs of tests/hostile that are quick to fail, by 8 clients on connections
that stay open. After the first WARM runs and at the end, when nothing runs: descriptors, processes, files,
mounts, cgroups and their memory, namespaces, resident memory. Everything must be as it was; memory of the
server, the monitor and the templates may have grown by RSS_KB. The last line is "N passed, N failed": each measure is a test, and
so are the runs' answers.
"""
import collections
import contextlib
import glob
import http.client
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BINARY = os.path.abspath(os.environ.get("SANDBOX_BIN", os.path.join(ROOT, "sandbox")))
ROOTFS = {
    "SANDBOX_PYTHON_ROOTFS": os.environ.get("SANDBOX_PYTHON_ROOTFS", os.path.join(ROOT, "rootfs", "python")),
    "SANDBOX_NODEJS_ROOTFS": os.environ.get("SANDBOX_NODEJS_ROOTFS", os.path.join(ROOT, "rootfs", "node")),
}
KEY = "Kq7-server-secret"
WORKERS, CLIENTS = 4, 8
WARM = 1000
RSS_KB = 64
QUICK = 0.5                             # seconds that a hostile program may take to be chosen
MAX_FILES = 256                         # the server's default
PROGRESS = 10                           # seconds from line to line
IDLE = 10                               # seconds in which all must have come to rest

# language, program, exit_code, stdout (None: any)
PYTHON = (
    ("print(6 * 7)", 0, "42\n"),
    ("open('left', 'w').write('x' * 5000); print(1)", 0, "1\n"),
    ("import os; os.makedirs('a/b/c'); open('a/b/c/d', 'w').close()", 0, ""),
    ("raise ValueError('no')", 1, ""),
    ("print('x' * 100000)", 0, "x" * 100000 + "\n"),
    ("import sys; sys.exit(7)", 7, ""),
    ("import os\ntry: os.fork()\nexcept OSError: print('held')", 0, "held\n"),
    ("import os; os.kill(os.getpid(), 9)", -1, ""),
    ("import threading; t = threading.Thread(target=print, args=(1,)); t.start(); t.join()", 0, "1\n"),
    ("import mmap; m = mmap.mmap(-1, 8 << 20); m[0] = 1; print(len(m))", 0, "8388608\n"),
)
NODE = (("console.log(6 * 7)", 0, "42\n"), ("require('fs').writeFileSync('left', 'x')", 0, ""), ("throw new Error('no')", 1, ""))


class Server:
    def __init__(self):
        with socket.create_server(("127.0.0.1", 0)) as s:
            self.port = s.getsockname()[1]
        self.dir = tempfile.TemporaryDirectory(prefix="sandbox-soak-")
        self.log = os.path.join(self.dir.name, "log")
        sets = {"listen": "127.0.0.1", "app.port": self.port, "max_workers": WORKERS, "worker_timeout": 20, "log_path": self.log}
        self.process = subprocess.Popen(
            [BINARY, "serve", *(a for k, v in sets.items() for a in ("--set", f"{k}={v}"))],
            stdin=subprocess.DEVNULL, env={"PATH": "/nonexistent", "API_KEY": KEY, **ROOTFS}, cwd=self.dir.name)
        deadline = time.monotonic() + 20
        while not (ready := re.search(r" ready .* uid=(\d+)", self.text())):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"soak.py: the server did not start\n{self.text()}")
            time.sleep(0.02)
        self.uid = int(ready.group(1))
        self.pids = {"monitor": self.process.pid}
        for pid, status in statuses():
            if int(status["PPid"]) == self.process.pid and status["Name"] in ("sandbox", "sandbox-keeper"):
                self.pids["keeper" if status["Name"] == "sandbox-keeper" else "server"] = pid

    def text(self):
        with contextlib.suppress(OSError), open(self.log, errors="replace") as f:
            return f.read()
        return ""

    def health(self):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            c.request("GET", "/health?verbose", headers={"X-Api-Key": KEY})
            return json.loads(c.getresponse().read())
        finally:
            c.close()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode


def statuses():
    for path in glob.glob("/proc/[0-9]*/status"):
        with contextlib.suppress(OSError, ValueError), open(path, errors="replace") as f:
            yield int(path.split("/")[2]), dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def cgroups(uid):
    """The directories of the server with these uids, below where it was started: as we are."""
    with open("/proc/self/cgroup") as f:
        own = [line.rstrip("\n").split(":", 2)[1:] for line in f]
    with open("/proc/self/mountinfo") as f:
        mounts = [(line.split(" ")[4], *line.split(" - ")[1].split()[0::2]) for line in f if " - cgroup" in line]
    found = []
    for point, kind, options in mounts:
        for names, path in own:
            if names in options.split(",") if names else kind == "cgroup2":
                found += glob.glob(f"{point}{path.rstrip('/')}/sandbox-{uid}*/**/", recursive=True)
    return sorted(found)


def lines(path):
    with open(path) as f:
        return f.readlines()


def namespaces(kind, own):
    """Those that processes of the server's family are in; a run's would stay for as long as anything holds it."""
    found = set()
    for pid in own:
        for name in (kind, f"{kind}_for_children") if kind == "pid" else (kind,):
            with contextlib.suppress(OSError):
                found.add(os.readlink(f"/proc/{pid}/ns/{name}"))
    for pid in own:
        for fd in glob.glob(f"/proc/{pid}/fd/*"):
            with contextlib.suppress(OSError):
                if (target := os.readlink(fd)).startswith(kind + ":"):
                    found.add(target)
    return len(found)


def number(path):
    with contextlib.suppress(OSError, ValueError), open(path) as f:
        return int(f.read().split()[0])
    return 0


def reclaim(leaf):
    """What the kernel only keeps because there is room for it: caches, charged to whoever read first."""
    for name, text in (("memory.force_empty", "0"), ("memory.reclaim", "1G")):
        with contextlib.suppress(OSError), open(leaf + name, "w") as f:
            f.write(text)


def held(pid):
    """Its descriptors: (number, what it is)."""
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            yield int(fd), os.readlink(f"/proc/{pid}/fd/{fd}")


def is_waiting(pid):
    """A copy that has no run: it holds a descriptor above those that a program can have."""
    with contextlib.suppress(OSError):
        return any(fd >= MAX_FILES for fd, _ in held(pid))
    return False


class Look:
    """
    The measures, in the order of the table. A copy that waits in an idle slot is no run's leaving: copies are counted
    apart, with what the monitor holds for them.
    """

    def __init__(self, server):
        everything = list(statuses())
        health = server.health()
        uids = range(server.uid, server.uid + WORKERS)
        below = {server.process.pid}
        for pid, status in everything:
            if int(status["PPid"]) in below:
                below.add(pid)
        of_slots = [pid for pid, s in everything if any(int(u) in uids for u in s["Uid"].split())]
        copies = {pid for pid in of_slots if is_waiting(pid)}
        row = self.rows = {}
        for name, pid in server.pids.items():
            links = [link for _, link in held(pid)]
            row[f"descriptors of {name}"] = len(links) - 2 * sum("[pidfd]" in n for n in links) - sum("seccomp notify" in n for n in links)
        ushers = [pid for pid, s in everything if pid in below and s["Name"] == "sandbox-usher"]
        templates = {t["pid"]: f"template of {t['language']}{', network' * t['network']}" for t in health["templates"] if t["pid"]}
        row["templates that serve"] = ", ".join(sorted(t["language"][0] + "+" * t["network"] for t in health["templates"] if t["pid"]))
        row["ushers"] = len(ushers)
        row["descriptors of the ushers"] = sum(len(list(held(pid))) for pid in ushers)
        for pid, name in templates.items():
            row[f"descriptors of the {name}"] = len(list(held(pid)))
        row["processes but for copies"] = len(below - copies)
        row["copies, more than one in a slot"] = max(0, len(copies) - WORKERS)
        row["processes of slots, the dead too"] = len(set(of_slots) - copies)
        row["slots free of all"] = "{free}/{total}".format_map(collections.defaultdict(str, health["slots"]))
        inside = f"/proc/{server.process.pid}/root"
        row["scratch files"] = sum(len(names) + len(dirs) for uid in uids
                                   for _, dirs, names in os.walk(f"{inside}/{uid}/scratch"))
        trees = tuple(ROOTFS.values())
        row["mounts in the root filesystems, outside"] = sum(any(t in line for t in trees) for line in lines("/proc/self/mountinfo"))
        row["entries in the roots' /tmp"] = sum(len(os.listdir(t + "/tmp")) for t in trees)
        row["mounts of the monitor"] = len(lines(f"/proc/{server.process.pid}/mountinfo"))
        dirs = cgroups(server.uid)
        row["cgroup directories"] = len(dirs)
        row["processes in them, but for copies"] = sum(int(p) not in copies for d in dirs for p in lines(d + "cgroup.procs"))
        leaves = [d for d in dirs if re.search(r"/\d+/$", d)]
        for leaf in leaves:
            reclaim(leaf)
        row["memory they count, kB"] = sum(number(d + "memory.usage_in_bytes") or number(d + "memory.current") for d in leaves) // 1024
        for kind in ("net", "pid", "mnt", "ipc", "uts", "user"):
            row[f"namespaces, {kind}"] = namespaces(kind, below)
        for name in ("monitor", "server"):
            with open(f"/proc/{server.pids[name]}/status") as f:
                row[f"VmRSS of {name}, kB"] = next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))
        for pid, name in templates.items():
            with open(f"/proc/{pid}/status") as f:
                row[f"RssAnon of the {name}, kB"] = next(int(line.split()[1]) for line in f if line.startswith("RssAnon"))


def slack(name):
    """How much more there may be at the end."""
    # A cgroup counts in batches for each processor (memory.stat), slab that is freed later, and what a copy has written so far.
    # Of the interpreters' files there is what was used of late, in windows of 64 KiB: that is not a template's memory.
    return RSS_KB if name.startswith(("VmRSS", "RssAnon")) else 512 if "memory they count" in name else 0


def is_same(name, before, now):
    return now == before or (slack(name) > 0 and now <= before + slack(name))


def at_rest(server, before=None):
    """Look until what is equal to before, or until nothing runs and two looks in a row agree."""
    deadline, last = time.monotonic() + IDLE, None
    while True:
        look = Look(server).rows
        if before is not None and before.keys() == look.keys() and all(is_same(k, before[k], v) for k, v in look.items()):
            return look
        still = last is not None and look == last
        if (before is None and still and look["processes of slots, the dead too"] == 0) or time.monotonic() > deadline:
            return look
        last = look
        time.sleep(0.2)


def hostile():
    """[(name, language, text)] of those that say in their head that they are refused or blocked."""
    found, here = [], os.path.join(ROOT, "tests", "hostile")
    for name in sorted(os.listdir(here)):
        if not name.endswith((".py", ".js")) or re.search("_plant|_check|bomb|flood|hammer|kill_all|neighbours|server|memory_scan", name):
            continue
        with open(os.path.join(here, name), encoding="utf-8", newline="") as f:
            text = f.read()
        head = "\n".join(text.split("\n")[:3])
        if re.search("^(#|//) expect: refused", head, re.M) and not re.search(r"^(#|//) with: ", head, re.M):
            found.append((name, "python3" if name.endswith(".py") else "nodejs", text))
    return found


class Client(threading.Thread):
    def __init__(self, soak, number):
        super().__init__(daemon=True)
        self.soak, self.random = soak, random.Random(number)
        self.connection = None

    def post(self, language, code):
        body = json.dumps({"language": language, "code": code}).encode()
        for last in (False, True):
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.soak.server.port, timeout=60)
                self.soak.connections += 1
            try:
                self.connection.request("POST", "/v1/sandbox/run", body, {"X-Api-Key": KEY})
                response = self.connection.getresponse()
                return response.status, json.loads(response.read())
            except OSError:
                self.connection.close()
                self.connection = None
                if last:
                    raise

    def one(self):
        chance = self.random.random()
        if chance < 0.05 and self.soak.hostile:
            name, language, code = self.random.choice(self.soak.hostile)
            exit_code, stdout = None, None
            self.soak.n["hostile"] += 1
        elif chance < 0.08:
            name = language = "nodejs"
            code, exit_code, stdout = self.random.choice(NODE)
        else:
            name = language = "python3"
            code, exit_code, stdout = self.random.choice(PYTHON)
        self.soak.n[language] += 1
        status, answer = self.post(language, code)
        if status != 200 or answer["code"] != 0:
            return f"{name}: {status} {answer}"
        data = answer["data"]
        if "ESCAPED" in data["stdout"] or (exit_code is not None and (data["exit_code"], data["stdout"]) != (exit_code, stdout)):
            return f"{name}: {code[:80]!r}: {str(data)[:500]}"
        return None

    def run(self):
        while self.soak.take():
            try:
                fault = self.one()
            except (OSError, ValueError, http.client.HTTPException) as e:
                fault = f"{type(e).__name__}: {e}"
            if fault:
                self.soak.faults.append(fault)
                if len(self.soak.faults) > 20:
                    return
            with self.soak.lock:
                self.soak.done += 1
        if self.connection is not None:
            self.connection.close()


class Soak:
    def __init__(self, server, runs, seconds):
        self.server, self.runs = server, runs
        self.started = time.monotonic()
        self.deadline = self.started + seconds
        self.done = self.taken = self.connections = 0
        self.upto = 0
        self.lock, self.faults, self.n = threading.Lock(), [], collections.Counter()
        self.hostile = []

    def choose(self):
        """The hostile programs that are quick on this machine. They have all been run once, then."""
        client = Client(self, 0)
        for name, language, code in hostile():
            start = time.monotonic()
            with contextlib.suppress(OSError, ValueError):
                status, answer = client.post(language, code)
                if status == 200 and answer["code"] == 0 and time.monotonic() - start < QUICK:
                    self.hostile.append((name, language, code))
            if time.monotonic() - self.started > 20 or time.monotonic() > self.deadline:
                break
        if client.connection is not None:
            client.connection.close()

    def take(self):
        with self.lock:
            if self.taken >= self.upto or time.monotonic() > self.deadline or len(self.faults) > 20:
                return False
            self.taken += 1
            return True

    def level(self):
        """What ran last is the same in every slot, and so is the copy that waits there: its memory counts as the slot's."""
        clients = [Client(self, 0) for _ in range(WORKERS)]
        threads = [threading.Thread(target=c.post, args=("python3", "import time; time.sleep(0.5)")) for c in clients]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        for c in clients:
            c.connection.close()

    def go(self, upto):
        """As many runs as make it upto; with a line now and then."""
        self.upto = upto
        clients = [Client(self, upto * CLIENTS + i) for i in range(CLIENTS)]
        for c in clients:
            c.start()
        said = time.monotonic()
        for c in clients:
            while c.is_alive():
                c.join(0.2)
                if time.monotonic() - said >= PROGRESS:
                    said = time.monotonic()
                    print(f"{said - self.started:6.0f} s  {self.done} runs, {len(self.faults)} wrong", flush=True)


def show(before, now):
    """The table; how many rows are not as they were."""
    bad = 0
    print(f"{'':42}{'first':>12}{'end':>12}")
    for name, value in now.items():
        same = name in before and is_same(name, before[name], value)
        bad += not same
        print(f"{name:42}{before.get(name, '-'):>12}{value:>12}{'' if same else '  <-- not the same'}")
    return bad


def main(argv):
    if len(argv) > 3 or not all(a.isdigit() for a in argv[1:]):
        sys.exit("usage: soak.py [RUNS] [SECONDS]")
    runs = int(argv[1]) if len(argv) > 1 else 100000
    seconds = float(argv[2]) if len(argv) > 2 else float("inf")
    server = Server()
    passed = failed = 0
    try:
        soak = Soak(server, runs, seconds)
        soak.choose()
        # A short soak warms up for a third of itself.
        soak.go(min(WARM, max(runs // 3, 1)))
        soak.level()
        before = at_rest(server)
        soak.go(runs)
        soak.level()
        now = at_rest(server, before)
        failed = show(before, now)
        passed = len(now) - failed
        took = time.monotonic() - soak.started
        print(f"{soak.done} runs in {took:.0f} s, {soak.done / took:.0f} a second; {dict(soak.n)}; {soak.connections} connections, "
              f"{len(soak.hostile)} hostile programs")
        for fault in soak.faults[:20]:
            print(f"wrong: {fault}")
        passed, failed = passed + soak.done - len(soak.faults), failed + len(soak.faults)
        if soak.done < min(runs, CLIENTS):
            print("too few runs to say anything")
            failed += 1
    finally:
        status = server.stop()
        errors = [line for line in server.text().splitlines() if re.match(r"\S+Z error ", line)]
        server.dir.cleanup()
    for line in errors[:10]:
        print(f"log: {line}")
    if status != 0:
        print(f"the server ended with {status}")
    left = cgroups(server.uid)
    if left:
        print(f"left: {left}")
    failed += len(errors) + (status != 0) + bool(left)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
