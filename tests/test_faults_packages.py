"""
Every system call that an install makes fails once: who has asked is told, what runs import is whole, of the packages
before or of those after, nothing is left, and the next install does what this one could not.

fault.c (see test_faults.py) first lists what sandbox-deps, the installer it forks (up to its execve) and what ends that
installer do between the ask and the answer. Of that list each call that can fail is a test, as python3-deps-openat-1-EMFILE;
without FAULTS=all in the environment only every SAMPLE-th of them, and of python's those of ALWAYS.
"""
import contextlib
import os
import re
import signal
import time

import pytest

from harness import ROOT
from serving import until
from test_faults import ALL, BOUND, Fault, countable, error_of, thinned
from test_packages import FAILED, Place

SAMPLE = 40
ALWAYS = set("sendto flock symlinkat".split())                  # each of these few stands at another place
ROLES = ("deps", "installer", "killer")  # by number: the process and its children in their order
VERSIONS = ("1.0.0", "2.0.0")
# The error that fits a call here, where it is another than a run's.
ERRORS = {
    "ENOSPC": "write symlinkat renameat mkdirat",
    "ENOMEM": "poll mmap fork clone memfd_create landlock_create_ruleset landlock_add_rule landlock_restrict_self",
    "EIO": "fstat newfstatat stat faccessat readlinkat fchmod fchown fchmodat fchownat unlinkat syncfs getdents64 umount2",
    "EPERM": "mount",
    "ENOLCK": "flock",
    "EINTR": "recvfrom recvmsg",        # of a socket that is connected nothing else comes but its end
}
ERROR_OF = {call: error for error, names in ERRORS.items() for call in names.split()}


with open(os.path.join(ROOT, "jail.c")) as source:
    STEPS = re.findall(r'\{ "(\w+)", +step_', source.read())


def error(role, call):
    return (ERROR_OF.get(call) if role == "deps" else None) or error_of("run", call)


class Wants:
    """What is asked for, one version or the other. No close, no event: nothing is installed but what a test asks for."""

    def __init__(self, place, language):
        self.place, self.language, self.version = place, language, VERSIONS[0]
        for version in VERSIONS:
            place.add(language, version, place.local(language))
        place.want(language, self.version)
        self.path = place.path({"python3": "python-requirements.txt", "nodejs": "package.json"}[language])
        self.fd = os.open(self.path, os.O_RDWR)

    def other(self):
        """The other version is wanted from here on."""
        before, self.version = self.version, VERSIONS[self.version == VERSIONS[0]]
        text = os.pread(self.fd, 4096, 0).replace(before.encode(), self.version.encode())
        os.pwrite(self.fd, text, 0)

    def close(self):
        os.close(self.fd)


class Installed:
    """A server that has installed once, and what is to be seen of its packages."""

    def __init__(self, language):
        self.language, self.place = language, Place()
        self.wants = Wants(self.place, language)
        self.s = self.place.server({"offline": "true", "max_workers": 1}, expected_errors=".")
        try:
            self.s.wait_ready()
            self.base = os.path.join(self.place.packages, language)
            for _ in range(3):          # then there are two generations, as after every other install
                self.s.updated(language)
                self.wants.other()
            self.wants.other()
            self.deps, self.uid = self.s.installer(), self.s.installer_uid()
            self.before = self.state()
        except BaseException:
            self.close()
            raise

    def close(self):
        self.wants.close()
        log = self.s.stop()
        self.place.close()
        return log

    def descriptors(self):
        d = f"/proc/{self.deps}/fd"
        return sorted(re.sub(r"\d+|:.*", "", os.readlink(f"{d}/{fd}")) for fd in os.listdir(d))

    def is_idle(self):
        """It waits: one that goes round and round never sleeps."""
        for _ in range(5):
            with open(f"/proc/{self.deps}/stat") as f:
                if f.read().rpartition(")")[2].split()[0] != "S":
                    return False
            time.sleep(0.002)
        return True

    def state(self):
        """What is the same after each install that succeeds."""
        names = {d: os.listdir(os.path.join(self.base, d)) for d in ("installed", "locks", "work")}
        generations = {n for n in names["installed"] if re.fullmatch(r"g\d{6,}", n)}
        return {"descriptors": self.descriptors(), "work": set(names["work"]) <= {"cache"}, "tools": self.s.tools(),
                "generations": len(generations), "others": sorted(set(names["installed"]) - generations),
                "locks": sorted(set(names["locks"]) ^ generations)}

    def left(self):
        return os.listdir(os.path.join(self.base, "work"))

    def seen(self):
        """(version, generation) of a run."""
        if self.language == "python3":
            code = "import os, colour; print(colour.version, os.environ['PYTHONUSERBASE'])"
        else:
            code = "console.log(require('colour'), process.env.NODE_PATH)"
        version, path = self.s.says(code, self.language).split()
        return version, re.search(r"/(g\d+)(/|$)", path).group(1)

    def foreign(self, generation):
        """What is not root's, or not for all to read."""
        found = []
        for where, dirs, files in os.walk(os.path.join(self.base, "installed", generation)):
            for name in (*dirs, *files):
                st = os.lstat(os.path.join(where, name))
                if st.st_uid != 0 or st.st_mode & 0o044 != 0o044:
                    found.append(os.path.join(where, name))
        return found

    def check(self, *versions):
        """Runs see one of these, whole; it is what current names. The version."""
        version, generation = self.seen()
        assert version in versions, (version, versions)
        assert generation == os.path.basename(self.place.in_use(self.language)), (generation, self.place.in_use(self.language))
        assert not self.foreign(generation)
        with open(os.path.join(self.base, "locks", generation)) as f:
            assert version in f.read(), "the record of what it was made from is another's"
        return version


def recorded(language):
    """[(language, role, call, k)] of one install."""
    i = Installed(language)
    try:
        i.wants.other()
        with Fault(-1, "", 0, "", i.deps) as f:
            i.s.updated(language)
            time.sleep(0.05)
    finally:
        i.close()
    assert set(f.calls) == set(range(len(ROLES))), f.calls.keys()
    return [(language, role, call, k) for n, role in enumerate(ROLES) for call, k in thinned(list(countable(f.calls[n])))]


def pytest_generate_tests(metafunc):
    if "fault" in metafunc.fixturenames:
        cases = recorded("python3") + recorded("nodejs")
        if not ALL:
            cases = [c for n, c in enumerate(cases) if n % SAMPLE == 0 or (c[:2] == ("python3", "deps") and c[2] in ALWAYS)]
        metafunc.parametrize("fault", cases, ids=lambda c: f"{c[0]}-{c[1]}-{c[2]}-{c[3]}-{error(c[1], c[2])}")


@pytest.fixture(scope="module")
def servers():
    """A server for each language, as long as it is sound."""
    made = {}
    yield made
    for i in made.values():
        i.close()
        assert i.s.process.returncode == 0


@contextlib.contextmanager
def installed(servers, language):
    if language not in servers:
        servers[language] = Installed(language)
    try:
        yield servers[language]
    except BaseException:
        servers.pop(language).close()
        raise


def test_call_fails(servers, fault):
    language, role, call, k = fault
    with installed(servers, language) as i:
        old = i.wants.version
        i.wants.other()
        new = i.wants.version
        with Fault(ROLES.index(role), call, k, error(role, call), i.deps):
            answer = i.s.update(language, BOUND)
        tail = i.s.tail()
        if answer["code"] == 0:
            assert i.check(new) == new, tail
        else:
            assert answer["code"] == -500 and re.match(language + r" packages: \S", answer["message"]), answer
            assert until(lambda: FAILED in i.s.tail()), tail
            i.check(old, new)
            if role == "installer":
                found = re.search(r"the jail of \w+: (\w+): \S", answer["message"])
                assert found and found.group(1) in STEPS, answer
        # What could not be removed is said, and is removed before the next install.
        assert i.state()["work"] or "cannot be cleared" in tail or re.search("/work: ", answer["message"]), i.left()
        assert until(i.is_idle, 3), "it is busy"
        assert not i.s.tools()
        i.s.updated(language)
        i.check(new)
        if i.state() != i.before:       # there was nothing new: old ones are removed with the next that is
            i.wants.other()
            i.s.updated(language)
            i.check(old)
        assert until(lambda: i.state() == i.before, 2), (i.before, i.state(), i.s.tail())


def test_monitor_answers_too_late(servers):
    """The install is said to have failed, and is in use as soon as the monitor goes on; nothing turns in circles meanwhile."""
    with installed(servers, "python3") as i:
        i.wants.other()
        os.kill(i.s.pid, signal.SIGSTOP)
        try:
            answer = i.s.update(timeout=BOUND)
        finally:
            os.kill(i.s.pid, signal.SIGCONT)
        assert answer["code"] == -500 and "the monitor does not answer" in answer["message"], answer
        assert until(lambda: i.seen()[0] == i.wants.version, 3)
        assert until(i.is_idle, 3), "the late answer wakes it over and over"
        i.check(i.wants.version)
        i.s.updated()
        i.wants.other()
        i.s.updated()
        i.check(i.wants.version)
        assert until(lambda: i.state() == i.before, 2), (i.before, i.state(), i.s.tail())


def test_what_another_server_installs_leaves_ours(servers):
    """A run keeps its packages when another server installs and ends, and then ours installs."""
    with installed(servers, "python3") as i:
        generation = i.seen()[1]
        with i.place.server({"offline": "true", "max_workers": 1}) as other:
            i.wants.other()
            other.updated()
        i.wants.other()
        assert i.seen()[1] == generation
        i.s.updated()
        assert generation in os.listdir(os.path.join(i.base, "installed")), "runs that still go on had this one"
        i.check(i.wants.version)
