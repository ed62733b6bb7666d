"""
Programs that must be held: each of tests/hostile against a server, as its first lines say.

    timeouts   four slots, 2 s       what must end in a timeout
    plain      four slots, 10 s      all others: slow machines must not turn a refusal into a timeout
    pairs      one slot              X_1_plant, then X_2_check in the same slot
    victim     four slots            fixtures/victim.py on one of them, attackers on the others

Afterwards each server must answer, have no process and no file of a slot left, hold the
descriptors it held before, and stop without an error in its log. What kind of machine it runs on
is said by the environment (containers.py); matrix.sh goes through all of them.

All of it is asked of copies of warm interpreters, some made ahead of the requests; and of cold runs too, of every third
program that stands alone (SANDBOX_COLD=all: of each, and beside the victim).
"""
import contextlib
import os
import platform
import re
import shlex
import time

import pytest

import containers
import harness

HERE = os.path.join(harness.ROOT, "tests", "hostile")
BESIDE_VICTIM = re.compile(r"(read_neighbours|kill_\w+|memory_scan)\.")
CLIENTS = 4
MODES = ("ready", "cold")
BESIDE_MODES = MODES if os.environ.get("SANDBOX_COLD") == "all" else MODES[:1]
SETTINGS = {
    "timeouts": {"MAX_WORKERS": 4, "WORKER_TIMEOUT": 2},
    "plain": {"MAX_WORKERS": 4, "WORKER_TIMEOUT": 10},
    "pairs": {"MAX_WORKERS": 1, "WORKER_TIMEOUT": 10},
    "victim": {"MAX_WORKERS": 4, "WORKER_TIMEOUT": 20},
}


class Program:
    """A file and what its first three lines say of it."""

    def __init__(self, name):
        self.name, self.text = name, harness.program(os.path.join(HERE, name))
        said = dict(re.findall(r"^(?:#|//) (expect|proof|with): (.*)$", "\n".join(self.text.split("\n")[:3]), re.M))
        self.expect, self.proof, self.needs = said["expect"], said["proof"], said.get("with", "").split()
        self.language = harness.language_of(name)
        self.here = not {"x86_64", "aarch64"} & set(self.needs) or platform.machine() in self.needs
        self.kind, _, value = self.expect.partition("=")
        self.value = shlex.split(value)[0] if value else ""

    def on(self, server):
        code = self.text.replace("PORT = 8194", f"PORT = {server.port}")
        return server.run(self.language, code, enable_network="network" in self.needs)

    def check(self, answer):
        assert answer.status == 200 and answer.json["code"] == 0, answer
        assert "ESCAPED" not in answer.stdout, answer.stdout[-2000:]
        if self.proof == "stderr":
            assert "ESCAPED" not in answer.stderr, answer.stderr[-2000:]
        kind = containers.expected(self.expect).partition("=")[0]
        if kind == "refused":
            names = "|".join(map(re.escape, self.value.split(",")))
            assert re.search(rf"operation not permitted: (?:{names})\b", answer.error), (answer.stdout[-500:], answer.error[-2000:])
        elif kind == "failed":
            assert answer.exit_code != 0, (answer.stdout[-500:], answer.error[-2000:])
        elif kind == "error":
            assert any(v in answer.error for v in self.value.split("|")), (answer.exit_code, answer.stdout[-500:], answer.error[:300], answer.error[-1500:])
        else:
            assert kind == "blocked", f"{self.name}: not an expectation: {self.expect}"


ALL = [p for p in map(Program, sorted(n for n in os.listdir(HERE) if n.endswith((".py", ".js")))) if p.here]
PAIRS = [(p, c) for p in ALL if "_1_plant." in p.name
         for c in ALL if c.name == p.name.replace("_1_plant.", "_2_check.")]
NEIGHBOURS = [p for p in ALL if BESIDE_VICTIM.match(p.name)]
ALONE = [p for p in ALL if p.proof != "pair" and p not in NEIGHBOURS]


def names(programs):
    return [pytest.param(p, id=p.name, marks=pytest.mark.slow if p.value == "timeout" else ()) for p in programs]


@contextlib.contextmanager
def guarded(**settings):
    """
    A server; when the tests are done, the proof that nothing is left on it, and that the runs were warm if they were to be.
    """
    with containers.server(API_KEY="Kq7-server-secret", ENABLE_NETWORK="true", **settings) as server:
        for language in ("python3", "nodejs"):
            assert server.run(language, "1").exit_code == 0
        before = server.fd_count()
        yield server
        assert server.request("GET", "/health").status == 200
        server.assert_clean(before)
        for language, code in (("python3", "print(6 * 7)"), ("nodejs", "console.log(6 * 7)")):
            assert server.run(language, code).stdout == "42\n"
        server.assert_clean(before)
        server.assert_warm(but=2)  # one that is killed before its program begins is no template's


@pytest.fixture(scope="module")
def servers():
    """servers(kind, mode): one of each, started when it is first asked for."""
    started = {}
    with contextlib.ExitStack() as stack:
        def get(kind, mode):
            if (kind, mode) not in started:
                started[kind, mode] = stack.enter_context(guarded(mode=mode, **SETTINGS[kind]))
            return started[kind, mode]

        yield get


def one(program, server):
    start = time.monotonic()
    answer = program.on(server)
    took = time.monotonic() - start
    assert server.request("GET", "/health").status == 200, "the server does not answer after it"
    return answer, took


def both(plant, check, server):
    return one(plant, server)[0], one(check, server)[0]


@pytest.fixture(scope="module")
def results(request, servers):
    """Everything that was selected, by four clients, ahead of the tests."""
    items = request.session.items
    pool, pairs = harness.Pool(CLIENTS - 1), harness.Pool(1)
    for item in items:
        if item.function is test_pair:
            pair, mode = item.callspec.params["pair"], item.callspec.params["mode"]
            pairs.submit((mode, pair[0].name), both, *pair, servers("pairs", mode))
        elif item.function is test_hostile:
            program, mode = item.callspec.params["program"], item.callspec.params["mode"]
            kind = "timeouts" if program.value == "timeout" else "plain"
            pool.submit((mode, program.name), one, program, servers(kind, mode))
    pool.futures.update(pairs.futures)
    yield pool
    pool.close()
    pairs.close()


@pytest.mark.parametrize("program", names(ALONE))
@pytest.mark.parametrize("mode", MODES)
def test_hostile(results, mode, program):
    answer, took = results.result((mode, program.name))
    program.check(answer)
    if program.value == "timeout":
        assert took < 10, f"answered after {took:.1f} s"


@pytest.mark.parametrize("pair", [pytest.param(p, id=p[0].name.replace("_1_plant", "")) for p in PAIRS])
@pytest.mark.parametrize("mode", MODES)
def test_pair(results, mode, pair):
    for program, answer in zip(pair, results.result((mode, pair[0].name))):
        program.check(answer)


@pytest.fixture(scope="module", params=BESIDE_MODES)
def beside(request, results, servers):
    """The neighbours' answers, all given while a victim ran in another slot; and the victim's own."""
    with_victim = servers("victim", request.param)
    list(f.exception() for f in results.futures.values())  # the machine is ours: the victim's time is short
    fixture = harness.program(os.path.join(HERE, "fixtures", "victim.py"))
    assert "sleep(4)" in fixture
    pool = harness.Pool(CLIENTS)
    pool.submit("victim", with_victim.run, "python3", fixture.replace("sleep(4)", "sleep(12)"))
    until = time.monotonic() + 10
    while not any(os.path.basename(f) == "victim.txt" for f in with_victim.left_files()):
        assert time.monotonic() < until, "the victim did not start"
        time.sleep(0.02)
    for p in NEIGHBOURS:
        pool.submit(p.name, one, p, with_victim)
    for p in NEIGHBOURS:
        pool.futures[p.name].exception()
    pool.beside_it = not pool.futures["victim"].done()
    yield pool
    pool.close()


@pytest.mark.slow
@pytest.mark.parametrize("program", [pytest.param(p, id=p.name) for p in NEIGHBOURS])
def test_neighbour(beside, program):
    program.check(beside.result(program.name)[0])


@pytest.mark.slow
def test_victim_was_left_alone(beside):
    answer = beside.result("victim")
    assert (answer.stdout, answer.error) == ("victim is here\nvictim was left alone\n", ""), answer
    assert beside.beside_it, "the victim ended before its neighbours did"


def test_every_program_is_in_a_test():
    tested = {p.name for p in ALONE + NEIGHBOURS} | {p.name for pair in PAIRS for p in pair}
    assert tested == {p.name for p in ALL}
