"""
One table: bare interpreter starts, cold runs, warm runs, and the yardstick of bench_fork.py; then
DESIGN.md's goals, each with its value.

    bench.py [ROUNDS]       12 unless said

In each round every row has short turns, in an order drawn anew, so that a machine that slows
down slows all of them. In a turn one client asks without a pause, or eight do: these are wrk's,
where it is installed, as what a client costs is taken from the processors that are measured. Every
answer is checked, and so is that the warm runs were warm.
"""
import base64
import contextlib
import glob
import json
import os
import random
import re
import selectors
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import harness
import serving

HERE = os.path.dirname(os.path.abspath(__file__))
NUMPY_ROOTFS = os.path.join(harness.ROOT, "build", "rootfs-numpy", "python")
CROWD = 8                               # clients, where there is more than one
ALONE, TOGETHER = 0.25, 1               # seconds of a turn
MODES = {                               # row: the server's settings
    "cold run": {"templates": "false"},
    "warm run, forked on request": {"ready_children": "false"},
    "warm run, forked ahead": {},
}
COLD, ON_REQUEST, AHEAD = MODES

# What a workflow engine sends: the user's main(), its inputs in base64, its result between marks.
INPUTS = base64.b64encode(json.dumps({"name": "Ada", "scores": [3, 1, 2]}).encode()).decode()
RESULT = json.dumps({"greeting": "Hello, Ada", "best": 3, "sorted": [1, 2, 3]}, indent=4)
EXPECTED = f"<<RESULT>>{RESULT}<<RESULT>>\n"
PROGRAMS = {
    "python3": """
def main(name: str, scores: list) -> dict:
    return {
        "greeting": f"Hello, {name}",
        "best": max(scores),
        "sorted": sorted(scores),
    }

import json
from base64 import b64decode

inputs = json.loads(b64decode("%s").decode("utf-8"))
result = json.dumps(main(**inputs), indent=4)
print(f"<<RESULT>>{result}<<RESULT>>")
""" % INPUTS,
    "nodejs": """
function main({ name, scores }) {
    return {
        greeting: `Hello, ${name}`,
        best: Math.max(...scores),
        sorted: scores.sort(),
    };
}

const inputs = JSON.parse(Buffer.from('%s', 'base64').toString('utf-8'));
const result = JSON.stringify(main(inputs), null, 4);
console.log(`<<RESULT>>${result}<<RESULT>>`);
""" % INPUTS,
}
START = {  # a bare start with the program's imports
    "python3": ["-c", "import json, base64"],
    "nodejs": ["-e", ""],
}
# The same, and alive with a file open until it has been looked at.
MARK = "bench-is-alive"
LINGER = {
    "python3": PROGRAMS["python3"] + f"mark = open('{MARK}', 'w')\nimport time; time.sleep(2)\n",
    "nodejs": PROGRAMS["nodejs"] + f"require('fs').openSync('{MARK}', 'w'); setTimeout(() => {{}}, 2000);\n",
}
# What it prints: 3, and the seconds that the import took.
NUMPY = """
import time
begin = time.perf_counter()
import numpy, pandas
took = time.perf_counter() - begin
print(pandas.Series(numpy.arange(3)).sum(), took)
"""

### Without a server


def in_root(root, work):
    """work()'s result, from a copy of this process that is nobody in root."""
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.chroot(root)
            os.chdir("/")
            os.setgroups([])
            os.setresgid(*[harness.BARE_UID] * 3)
            os.setresuid(*[harness.BARE_UID] * 3)
            with open(into, "w") as f:
                json.dump(work(), f)
            os._exit(0)
        except BaseException as e:
            print(f"bench.py: in {root}: {e}", file=sys.stderr, flush=True)
        finally:
            os._exit(1)
    os.close(into)
    with open(out) as f:
        text = f.read()
    if os.waitpid(pid, 0)[1] != 0:
        raise RuntimeError(f"a measurement in {root} failed")
    return json.loads(text)


def starts(argv, seconds, at_once):
    """Start argv, at_once at a time, for so long: the seconds that each took, and all."""
    env = {"PATH": harness.PATH, "LANG": "C.UTF-8"}
    running, took = {}, []
    first = now = time.perf_counter()
    while running or now < first + seconds:
        while len(running) < at_once and now < first + seconds:
            begin = time.perf_counter()
            running[os.posix_spawn(argv[0], argv, env)] = begin
        pid, status = os.wait()
        now = time.perf_counter()
        if status != 0:
            raise RuntimeError(f"{argv} ended with {os.waitstatus_to_exitcode(status)}")
        took.append(now - running.pop(pid))
    return took, now - first


def bare(root, interpreter, *args):
    """A row's work: the bare interpreter."""
    return lambda seconds, at_once: in_root(root, lambda: starts([interpreter, *args], seconds, at_once))


def forks(when):
    """A row's work: the yardstick, and, as many at once as there are processors, the most that copies could give."""
    script = harness.program(os.path.join(HERE, "bench_fork.py"))
    argv = [harness.interpreter("python3"), "-c", script, PROGRAMS["python3"], EXPECTED]

    def several(seconds, at_once):
        running = [subprocess.Popen([*argv, str(seconds), when], stdout=subprocess.PIPE) for _ in range(at_once)]
        took = [second for process in running for second in json.loads(process.communicate()[0])]
        if any(process.returncode for process in running):
            raise RuntimeError("a measurement failed")
        return took

    def work(seconds, at_once):
        return in_root(harness.ROOTFS["python3"], lambda: several(seconds, at_once)), seconds
    return work

### With a server


class Service:
    """A server, and what was asked of it. language: whose templates it is waited for."""

    def __init__(self, settings, languages=tuple(PROGRAMS), **env):
        self.languages, self.warm = languages, settings.get("templates") != "false"
        begin = time.perf_counter()
        self.server = serving.Server(settings, **env)
        self.answered = dict.fromkeys(languages, 0)
        self.start_seconds = self._await_health() - begin

    def _await_health(self):
        until = time.perf_counter() + 10
        while time.perf_counter() < until and self.server.process.poll() is None:
            with contextlib.suppress(OSError):
                if self.server.get("/health").status == 200:
                    return time.perf_counter()
            time.sleep(0.001)
        raise RuntimeError(f"no /health:\n{self.server.stop()}")

    def __enter__(self):
        self.server.__enter__()
        try:
            if self.warm and not serving.until(self._ready, 30):
                raise RuntimeError(f"not ready: {self.templates()}")
        except BaseException:
            self.server.stop()
            raise
        return self

    def __exit__(self, kind, *rest):
        templates = self.templates() if kind is None else []
        self.server.__exit__(kind, *rest)
        if kind is None and not all(self._as_said(language, templates) for language in self.languages):
            raise RuntimeError(f"{'cold' if self.warm else 'warm'} runs among {self.answered}: {templates}")

    def templates(self):
        return self.server.get("/health?verbose").json().get("templates", [])

    def _ready(self):
        """None is being started, and there is one for each language."""
        templates = self.templates()
        ready = {t["language"] for t in templates if t["state"] == "ready"}
        return ready >= set(self.languages) and all(t["state"] != "starting" for t in templates)

    def _as_said(self, language, templates):
        """Were all runs copies of a template, or none?"""
        copies = sum(t.get("runs", 0) for t in templates if t["language"] == language)
        return copies >= self.answered[language] if self.warm else copies == 0

    def runs(self, language, code, check):
        """A row's work: runs through HTTP."""
        request = serving.run_bytes(code, language)

        def work(seconds, clients):
            if clients == CROWD and seconds >= 1 and shutil.which("wrk"):
                return self._load(request, check, language, seconds)
            with contextlib.ExitStack() as stack, selectors.DefaultSelector() as waiting:
                for _ in range(clients):
                    connection = stack.enter_context(self.server.connect())
                    waiting.register(connection.sock, selectors.EVENT_READ, [connection, 0])
                return self._ask(request, check, language, seconds, waiting)
        return work

    def _load(self, request, check, language, seconds):
        """The same by wrk, which tells latencies as percentiles: as many as there were answers are made of those."""
        with self.server.connect() as connection, tempfile.TemporaryDirectory() as place:
            connection.send(request)
            response = connection.response()
            check(stdout(response))
            for name, content in ("body", request.partition(b"\r\n\r\n")[2]), ("answer", response.body):
                with open(os.path.join(place, name), "wb") as f:
                    f.write(content)
            url = f"http://127.0.0.1:{self.server.port}{serving.RUN}"
            argv = ["wrk", "-t1", f"-c{CROWD}", f"-d{seconds}", "--timeout", "60", "-s", os.path.join(HERE, "bench.lua"), url,
                    "--", place, serving.KEY]
            told = subprocess.run(argv, stdout=subprocess.PIPE, check=True, text=True).stdout
        found = re.search(r"^RESULT (\d+) (\d+) (\d+) ([\d ]+)$", told, re.M)
        if not found or int(found.group(3)) != 0 or int(found.group(1)) == 0:
            raise RuntimeError(f"wrk's clients had other answers than they must: {told}")
        answers, elapsed = int(found.group(1)), int(found.group(2)) / 1e6
        percentiles = [int(us) / 1e6 for us in found.group(4).split()]
        self.answered[language] += answers
        return [percentiles[i * len(percentiles) // answers] for i in range(answers)], elapsed

    def _ask(self, request, check, language, seconds, waiting):
        took, left, checked = [], 0, None
        first = now = time.perf_counter()
        for key in waiting.get_map().values():
            key.data[1] = time.perf_counter()
            key.data[0].send(request)
            left += 1
        while left > 0:
            for key, _ in waiting.select(60):
                connection, begin = key.data
                got = connection.sock.recv(65536)
                now = time.perf_counter()
                # An answer that is one of those before, to the byte, costs the processors that are measured no more.
                if not checked or not got.startswith(b"HTTP/1.1 200 ") or not got.endswith(checked):
                    connection.rest += got
                    response = connection.response()
                    now = time.perf_counter()
                    check(stdout(response))
                    checked = b"\r\n\r\n" + response.body
                took.append(now - begin)
                left -= 1
                if now < first + seconds:
                    key.data[1] = time.perf_counter()
                    connection.send(request)
                    left += 1
        self.answered[language] += len(took)
        return took, now - first

    def resident_mib(self):
        """Of the server and the monitor."""
        return sum(kb_of(f"/proc/{pid}/status", "VmRSS") for pid in (self.server.pid, self.server.server)) / 1024

    def pss_mib(self, language, count=4):
        """The median of so many programs that are alive at once."""
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(self.server.connect()) for _ in range(count)]
            for client in clients:
                client.send(serving.run_bytes(LINGER[language], language))
            if not serving.until(lambda: len(self._marked()) == count):
                raise RuntimeError(f"{language}: {self._marked()} run, not {count}")
            pss = [kb_of(f"/proc/{pid}/smaps_rollup", "Pss") / 1024 for pid in self._marked()]
            for client in clients:
                expect(EXPECTED)(stdout(client.response()))
        self.answered[language] += count
        return statistics.median(pss)

    def _marked(self):
        """The programs that hold MARK open."""
        marked = set()
        for pid in self.server.descendants():
            for fd in glob.glob(f"/proc/{pid}/fd/*"):
                with contextlib.suppress(OSError):
                    if os.path.basename(os.readlink(fd)) == MARK:
                        marked.add(pid)
        return marked


def kb_of(path, field):
    with open(path) as f:
        return next(int(line.split()[1]) for line in f if line.startswith(field + ":"))


def stdout(response):
    """What a program printed that must have ended well."""
    answer = response.json() if response.status == 200 else None
    if not answer or answer["code"] != 0 or answer["data"]["exit_code"] != 0:
        raise RuntimeError(f"{response.status} {response.body[:2000]!r}")
    return answer["data"]["stdout"]


def expect(text):
    """A check of what was printed."""
    def check(printed):
        if printed != text:
            raise RuntimeError(f"a program printed {printed!r}, not {text!r}")
    return check


def expect_numpy(seconds):
    """The same for NUMPY; what its import took is added to seconds."""
    def check(printed):
        if not (found := re.fullmatch(r"3 (\S+)\n", printed)):
            raise RuntimeError(f"a program printed {printed!r}")
        seconds.append(float(found.group(1)))
    return check

### The table


class Row:
    """name, what does it, and how many at once beside one; of several crowds the best counts."""

    def __init__(self, name, work, crowds=()):
        self.name, self.work = name, work
        self.took = {n: [] for n in (1, *crowds)}
        self.rates = {n: [] for n in crowds}

    def turn(self, at_once):
        took, elapsed = self.work(ALONE if at_once == 1 else TOGETHER, at_once)
        self.took[at_once] += took
        if at_once in self.rates:
            self.rates[at_once].append(len(took) / elapsed)

    @property
    def p50(self):
        return statistics.median(self.took[1])

    def rate(self):
        """(runs per second, how many at once) of the best crowd; None without one."""
        return max(((statistics.median(rates), n) for n, rates in self.rates.items()), default=None)


def p99(seconds):
    return statistics.quantiles(seconds, n=100, method="inclusive")[98]


def measure(rows, rounds):
    for row in rows:
        row.work(0.01, 1)  # page cache
    for _ in range(rounds):
        turns = [(row, n) for row in rows for n in row.took]
        random.shuffle(turns)
        for row, at_once in turns:
            row.turn(at_once)
            time.sleep(0.02)  # what it left to be done is not the next one's to pay


def show(title, rows):
    """The rows; the first is what the others are compared with."""
    base = rows[0]
    print(f"\n{title:<42}{'p50 ms':>9}{'p99 ms':>9}{'ratio':>8}", end="")
    print(f"{'runs/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'ratio':>8}" if base.rate() else "")
    for row in rows:
        print(f"  {row.name:<40}{row.p50 * 1e3:9.2f}{p99(row.took[1]) * 1e3:9.2f}{row.p50 / base.p50:8.3f}", end="")
        if row.rate():
            rate, n = row.rate()
            middle, high = statistics.median(row.took[n]) * 1e3, p99(row.took[n]) * 1e3
            print(f"{rate:10.1f}{middle:9.2f}{high:9.2f}{rate / base.rate()[0]:8.2f}", end="")
            print(f"  {n} at once" if n != CROWD else "", end="")
        print()


def languages(rounds):
    """{row: Row} for each language."""
    tables = {}
    with contextlib.ExitStack() as stack:
        services = {name: stack.enter_context(Service(settings)) for name, settings in MODES.items()}
        for language, program in PROGRAMS.items():
            start = bare(harness.ROOTFS[language], harness.interpreter(language), *START[language])
            rows = [Row("bare start", start, {os.cpu_count() or 1, CROWD} - {1})]
            rows += [Row(name, s.runs(language, program, expect(EXPECTED)), [CROWD]) for name, s in services.items()]
            if language == "python3":
                cores = {os.cpu_count() or 1} - {1}
                rows += [Row("bare fork, code compiled before", forks("before"), cores),
                         Row("bare fork, code compiled in it", forks("in"), cores)]
            tables[language] = {row.name: row for row in rows}
        measure([row for table in tables.values() for row in table.values()], rounds)
    for language, table in tables.items():
        show(language, list(table.values()))
    return tables


def numpy(rounds):
    """The seconds that importing numpy and pandas takes where they are preloaded."""
    modes = {
        "cold run": {"templates": "false"},
        "warm run": {},
        "warm run, both preloaded": {"preload_modules.python3": "numpy,pandas"},
    }
    imports = {name: [] for name in modes}
    with contextlib.ExitStack() as stack:
        rows = [Row("bare start", bare(NUMPY_ROOTFS, "/usr/bin/python3", "-c", "import numpy, pandas"))]
        for name, settings in modes.items():
            service = Service(settings, ["python3"], SANDBOX_PYTHON_ROOTFS=NUMPY_ROOTFS)
            stack.enter_context(service)
            rows.append(Row(name, service.runs("python3", NUMPY, expect_numpy(imports[name]))))
        measure(rows, rounds)
    show("python3, numpy and pandas imported", rows)
    return imports["warm run, both preloaded"]


def alone(mode, times):
    """A server that shares its pages with no other: (seconds of its start, its RSS, {language: PSS of a run})."""
    seconds = []
    for i in range(times):
        service = Service(MODES[mode])
        seconds.append(service.start_seconds)
        with service:
            if i == times - 1:
                pss = {language: service.pss_mib(language) for language in PROGRAMS}
                time.sleep(0.5)
                resident = service.resident_mib()
    return statistics.median(seconds), resident, pss

### The goals


def goals(tables, imports, cold, warm):
    """Rows: what, its value, what it must be at most (<=) or at least (>=), the unit, a remark."""
    rows = []
    for language, share, times in (("python3", 1 / 10, 10), ("nodejs", 1 / 8, 6)):
        table = tables[language]
        run, start = table[AHEAD], table["bare start"]
        rows.append((f"{language}: warm run / bare start", run.p50 / start.p50, "<=", share, "", ""))
        if language == "python3":
            fork = table["bare fork, code compiled before"]
            rows.append((f"{language}: warm run / bare fork", run.p50 / fork.p50, "<=", 2, "", ""))
        rows.append((f"{language}: {CROWD} clients / bare starts", run.rate()[0] / start.rate()[0], ">=", times, "", ""))
    if imports is not None:
        rows.append(("import numpy, pandas, preloaded", statistics.median(imports) * 1e3, "<=", 5, "ms", ""))
    rows.append(("exec to /health", warm[0] * 1e3, "<=", 100, "ms", f"{cold[0] * 1e3:.1f} without templates"))
    rows.append(("server and monitor at idle, RSS", warm[1], "<=", 4, "MiB", f"{cold[1]:.1f} without templates"))
    for language, limit in (("python3", 4), ("nodejs", 12)):
        rows.append((f"{language}: a warm run's PSS, 4 alive", warm[2][language], "<=", limit, "MiB", f"{cold[2][language]:.1f} cold"))
    return rows


def main(rounds):
    print(f"{os.cpu_count()} cores, {rounds} rounds; left of runs/s one client, right of it {CROWD}")
    cold, warm = alone(COLD, 3), alone(AHEAD, 3)
    tables = languages(rounds)
    imports = numpy(rounds) if os.path.isdir(NUMPY_ROOTFS) else None
    print(f"\n{'goal':<42}{'value':>9}{'limit':>12}")
    for name, value, relation, limit, unit, remark in goals(tables, imports, cold, warm):
        holds = value <= limit if relation == "<=" else value >= limit
        print(f"  {name:<40}{value:9.3f}{f'{relation} {limit:g}':>12} {unit:<4}{'holds ' if holds else 'misses'}  {remark}".rstrip())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
