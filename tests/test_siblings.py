"""
What the copies of one warm interpreter must not share, nor have from it: 40 runs on one server, made at the request and
ahead of it. Some cold runs are asked the same: they are the yardstick.

What is drawn by chance differs from run to run. Process numbers are the kernel's. Streams, scratch directory, descriptors
and environment are the run's own. Clocks begin with the run. The limits are those of a cold run.
"""
import json
import time

import pytest

import harness

RUNS = {"cold": 8, "warm": 40, "ready": 40}
CLIENTS = 4
FRESH = 3.0                             # seconds that a template and its ready children get older
ENVIRONMENT = {"PATH", "HOME", "TMPDIR", "LANG", "MALLOC_ARENA_MAX"}

# Prints one line of JSON: chance, what differs pairwise; facts, what is asked of each run.
PYTHON = """
import os
def is_open(fd):
    try:
        os.fstat(fd)
        return True
    except OSError:
        return False
open_at_start = [fd for fd in range(4096) if is_open(fd)]
left = {place: os.listdir(place) for place in (".", os.environ["TMPDIR"], os.environ["HOME"])}

import ctypes, json, multiprocessing, platform, random, secrets, sqlite3, ssl, sys, tempfile, threading, uuid
libc = ctypes.CDLL(None)
variables = ctypes.POINTER(ctypes.c_char_p).in_dll(libc, "environ")
names, i = [], 0
while variables[i] is not None:
    names.append(variables[i].decode().partition("=")[0])
    i += 1
db = sqlite3.connect(":memory:")
chance = {
    "random": random.random(), "getrandbits": random.getrandbits(64), "gauss": random.gauss(0, 1), "Random": random.Random().random(),
    "SystemRandom": random.SystemRandom().random(), "uuid4": str(uuid.uuid4()), "uuid1": str(uuid.uuid1()),
    "secrets": secrets.token_hex(), "mkstemp": os.path.basename(tempfile.mkstemp()[1]), "mkdtemp": os.path.basename(tempfile.mkdtemp()),
    "NamedTemporaryFile": os.path.basename(tempfile.NamedTemporaryFile().name), "urandom": os.urandom(8).hex(), "getrandom": os.getrandom(8).hex(),
    "ssl": ssl.RAND_bytes(8).hex(), "authkey": bytes(multiprocessing.current_process().authkey).hex(),
    "sqlite": db.execute("select random()").fetchone()[0], "pid": os.getpid(),
}
try:
    import numpy
    chance["numpy"], chance["default_rng"] = numpy.random.random(), numpy.random.default_rng().random()
except ImportError:
    pass
getpid = {"x86_64": 39, "aarch64": 172}[platform.machine()]
print(json.dumps({"chance": chance, "facts": {
    "open": open_at_start, "left": left, "environment": sorted(os.environ), "environ": sorted(names),
    "pids": [os.getpid(), libc.getpid(), libc.syscall(getpid), threading.get_native_id(), threading.main_thread().native_id],
    "token": "TOKEN",
}}))
sys.stdout.write("not flushed by the program TOKEN")
"""

NODE = """
const fs = require('fs'), crypto = require('crypto'), os = require('os'), vm = require('vm'), { Worker } = require('worker_threads');
const kinds = [];
for (let fd = 0; fd < 256; fd++)
  try { kinds.push([fd < 3 ? fd : 'more', fs.fstatSync(fd).mode >> 12].join(':')); } catch { }
const left = Object.fromEntries(['.', process.env.TMPDIR, process.env.HOME].map((d) => [d, fs.readdirSync(d)]));
const chance = {
  random: Math.random(), random2: Math.random(), vm: vm.runInNewContext('Math.random()'), randomUUID: crypto.randomUUID(),
  randomUUID2: crypto.randomUUID({ disableEntropyCache: true }), randomBytes: crypto.randomBytes(8).toString('hex'), randomInt: crypto.randomInt(2 ** 47),
  webcrypto: Buffer.from(crypto.webcrypto.getRandomValues(new Uint8Array(8))).toString('hex'), webUUID: crypto.webcrypto.randomUUID(),
  mkdtemp: fs.mkdtempSync('x'), ecdh: crypto.createECDH('prime256v1').generateKeys('hex'), pid: process.pid,
};
new Worker('require("worker_threads").parentPort.postMessage([process.pid, Math.random()])', { eval: true }).on('message', ([pid, random]) => {
  chance.worker = random;
  crypto.randomInt(2 ** 47, (error, n) => {
    chance.randomIntLater = n;
    console.log(JSON.stringify({ chance, facts: { kinds, left, environment: Object.keys(process.env).sort(), pids: [process.pid, pid], alive: process.kill(process.pid, 0), token: 'TOKEN' } }));
    process.stdout.write('not ended TOKEN');
  });
});
"""
PROGRAMS = {"python3": PYTHON, "nodejs": NODE}

PLANT = {
    "python3": """
import builtins, json, os, random, signal, sys, tempfile, threading, warnings
random.seed(1)
os.environ["PLANTED"] = builtins.planted = json.planted = sys.planted = "planted"
sys.modules["planted"] = json
sys.path.append("planted")
sys.setrecursionlimit(500)
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
warnings.simplefilter("error")
os.umask(0)
open("planted", "w").write("planted")
tempfile.tempdir = "/planted"
sys.stdout.write("planted")
os.chdir("/")
os._exit(0)
""",
    "nodejs": """
const fs = require('fs');
globalThis.planted = process.env.PLANTED = Array.prototype.planted = fs.planted = 'planted';
process.on('exit', () => console.log('planted'));
process.umask(0);
fs.writeFileSync('planted', 'planted');
require.cache.planted = module;
process.title = 'planted';
process.chdir('/');
process.reallyExit(0);
"""}
CHECK = {
    "python3": """
import builtins, json, os, signal, sys, tempfile, warnings
print(os.environ.get("PLANTED"), [hasattr(m, "planted") for m in (builtins, json, sys)], "planted" in sys.modules, "planted" in sys.path,
      sys.getrecursionlimit(), signal.getsignal(signal.SIGUSR1), signal.pthread_sigmask(signal.SIG_BLOCK, []), os.umask(0o22),
      os.listdir("."), tempfile.tempdir, os.getcwd() == os.environ["TMPDIR"], [f[0] for f in warnings.filters if f[0] == "error"])
""",
    "nodejs": """
const fs = require('fs');
console.log(typeof planted, process.env.PLANTED, [].planted, fs.planted, process.umask(), fs.readdirSync('.').join(), require.cache.planted,
  process.title.includes('planted'), process.cwd() === process.env.TMPDIR, process.listenerCount('exit'));
"""}
UNPLANTED = {
    "python3": "None [False, False, False] False False 1000 0 set() 18 [] None True []\n",
    "nodejs": "undefined undefined undefined undefined 18 code.js undefined false true 0\n"}

CLOCKS = {
    "python3": "import os, resource, time; u = resource.getrusage(resource.RUSAGE_SELF); print(max(time.process_time(), u.ru_utime + u.ru_stime, sum(os.times()[:2])))",
    "nodejs": "console.log(Math.max(process.uptime(), require('perf_hooks').performance.now() / 1000,"
              " (Date.now() - require('perf_hooks').performance.timeOrigin) / 1000, process.cpuUsage().user / 1e6))"}

# What a program sees of its jail and cannot compare with a bare interpreter; slots differ, so ids only with themselves.
OUTSIDE = {
    "python3": """
import ctypes, json, os, resource, stat
libc = ctypes.CDLL(None, use_errno=True)
own, pid = os.getuid(), os.getpid()
def prctl(option):
    return libc.prctl(option, 0, 0, 0, 0)
print(json.dumps({
    "limits": {n: resource.getrlimit(getattr(resource, n)) for n in dir(resource) if n.startswith("RLIMIT_")},
    "ids": [os.getresuid() == (own,) * 3, os.getresgid() == (os.getgid(),) * 3, os.getgroups(), own == os.getgid()],
    "session": [os.getsid(0) == pid, os.getpgrp() == pid],
    "no_new_privs": prctl(39), "dumpable": prctl(3), "securebits": prctl(27), "keepcaps": prctl(7),
    "capabilities": [prctl(24) for _ in range(1)] + [libc.prctl(47, 1, c, 0, 0) for c in (6, 7)],
    "scheduling": [os.nice(0), os.sched_getscheduler(0), len(os.sched_getaffinity(0))],
    "cwd": [os.getcwd() == os.environ["HOME"], oct(os.stat(".").st_mode), os.stat(".").st_uid == own],
    "root": sorted(os.listdir("/")), "std": [stat.S_IFMT(os.fstat(fd).st_mode) for fd in (0, 1, 2)],
}))
""",
    "nodejs": """
const fs = require('fs');
let limits;
try { limits = process.report.getReport().userLimits; } catch (e) { limits = e.code; }
console.log(JSON.stringify({
  limits, ids: [process.getuid() === process.geteuid(), process.getgid() === process.getegid(), process.getuid() === process.getgid()],
  cwd: [process.cwd() === process.env.HOME, fs.statSync('.').mode, fs.statSync('code.js').mode], root: fs.readdirSync('/').sort(),
  std: [0, 1, 2].map((fd) => fs.fstatSync(fd).mode >> 12), heap: require('v8').getHeapStatistics().heap_size_limit,
}));
"""}


@pytest.fixture(scope="module")
def servers():
    started = {mode: harness.Server(mode=mode, MAX_WORKERS=CLIENTS, WORKER_TIMEOUT=20) for mode in harness.MODES}
    yield started
    for server in started.values():
        server.assert_warm()
        server.stop()


@pytest.fixture(scope="module")
def siblings(servers):
    """{mode, language: answers}; the runs of one server come at the same time, of both languages."""
    pools = {mode: harness.Pool(CLIENTS) for mode in servers}
    answers = {}
    for mode, server in servers.items():
        for i in range(RUNS[mode]):
            for language, text in PROGRAMS.items():
                pools[mode].submit((language, i), server.run, language, text.replace("TOKEN", f"{mode} {language} {i}"))
        for language in PROGRAMS:
            answers[mode, language] = [pools[mode].result((language, i)) for i in range(RUNS[mode])]
        pools[mode].close()
    return answers


each = pytest.mark.parametrize("language", PROGRAMS)
every = pytest.mark.parametrize("mode", harness.MODES)
warm = pytest.mark.parametrize("mode", ("warm", "ready"))


def lines(answers):
    return [json.loads(answer.stdout.split("\n", 1)[0]) for answer in answers]


def test_children_are_ready_only_where_they_are_asked_for(servers):
    until = time.monotonic() + 5
    while not any(row["ready"] for row in servers["ready"].templates()):
        assert time.monotonic() < until, servers["ready"].templates()
        time.sleep(0.05)
    for mode in ("cold", "warm"):
        assert not any(row["ready"] for row in servers[mode].templates()), mode


@each
@every
def test_output_is_ones_own(siblings, mode, language):
    tail = {"python3": "not flushed by the program ", "nodejs": "not ended "}[language]
    for i, answer in enumerate(siblings[mode, language]):
        token = f"{mode} {language} {i}"
        assert (answer.exit_code, answer.stderr) == (0, "")
        assert answer.stdout.partition("\n")[2] == tail + token
        assert json.loads(answer.stdout.split("\n", 1)[0])["facts"]["token"] == token


@each
@every
def test_chance_differs(siblings, mode, language):
    drawn = [line["chance"] for line in lines(siblings[mode, language])]
    shared = {name: values for name in drawn[0] if len(set(values := [d[name] for d in drawn])) < len(drawn)}
    assert not shared


@each
@every
def test_process_number_is_the_kernels(siblings, mode, language):
    for line in lines(siblings[mode, language]):
        assert len(set(line["facts"]["pids"])) == 1, line["facts"]["pids"]


@each
@every
def test_environment_is_ones_own(siblings, mode, language):
    """os.environ, and the C library's."""
    for line in lines(siblings[mode, language]):
        for seen in ("environment", "environ"):
            assert set(line["facts"].get(seen, ENVIRONMENT)) == ENVIRONMENT


@each
@every
def test_scratch_is_empty(siblings, mode, language):
    for line in lines(siblings[mode, language]):
        for place, names in line["facts"]["left"].items():
            assert names == {"python3": [], "nodejs": ["code.js"]}[language], place


@every
def test_descriptors_python(siblings, mode):
    for line in lines(siblings[mode, "python3"]):
        assert line["facts"]["open"] == [0, 1, 2]


@every
def test_descriptors_node(siblings, mode):
    """Node opens some for itself: none of another kind than in a cold run, and not more."""
    cold = sorted(lines(siblings["cold", "nodejs"])[0]["facts"]["kinds"])
    for line in lines(siblings[mode, "nodejs"]):
        kinds = line["facts"]["kinds"]
        assert len(kinds) <= len(cold) and set(kinds) <= set(cold), (kinds, cold)


@each
@warm
def test_nothing_is_planted(servers, mode, language):
    """In what one run leaves of its interpreter no other runs."""
    for _ in range(CLIENTS + 1):  # each slot
        assert servers[mode].run(language, PLANT[language]).exit_code == 0
    for _ in range(CLIENTS + 1):
        assert servers[mode].run(language, CHECK[language]).stdout == UNPLANTED[language]


@each
@warm
def test_limits_and_ids_are_those_of_a_cold_run(servers, mode, language):
    cold, here = (json.loads(servers[m].run(language, OUTSIDE[language]).stdout) for m in ("cold", mode))
    assert here == cold


@pytest.fixture(scope="module")
def aged(servers, siblings):
    time.sleep(FRESH)


@each
@warm
def test_clocks_begin_with_the_run(servers, aged, mode, language):
    """However long the template and its children have waited."""
    assert float(servers[mode].run(language, CLOCKS[language]).stdout) < FRESH / 2
