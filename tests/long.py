#!/usr/bin/env python3
"""
long.py - long programs, cold and warm: CPython's and Node's own tests, run by the sandbox.

    tests/long.py [-v] [NAME...]        as root; all but LEFT_OUT when none is named. -v: what did not pass cold, too

Each module of CPython's suite and each file of Node's test/parallel is one program, run cold and by copies of a warm
interpreter, with raised limits. Many want processes, network or a terminal, and fail in any jail: asked is that a
program ends warm as it ends cold, with the same numbers of tests run, failed and skipped and the same names of those
that did not pass; for Node, with the same exit code and kind of error. What is not the same is run again, up to
TRIES times in each mode; it passes if it has then ended the same way once.

The suites are Debian's libpython3.*-testsuite and nodejs' source, of the versions that the root filesystems have,
downloaded to build/long and unpacked into copies (of hard links) of these trees. Nothing is installed.

The last line is "N passed, N failed": a program is a test, and so is the proof that the warm runs were warm.
"""
import contextlib
import glob
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import harness

WORK = os.path.join(harness.ROOT, "build", "long")
TREE = os.path.join(WORK, "python")
NODE_TREE = os.path.join(WORK, "node")
NODE_TESTS = "/usr/lib/node-tests"      # in it
MODES = ("cold", "ready")
TRIES = 3
ENDED = {"python3": 400, "nodejs": 1000}    # so many programs, at least, must come to their own end

LIMITS = {
    "MAX_WORKERS": 2, "WORKER_TIMEOUT": 240, "SANDBOX_MAX_MEMORY_MB": 2048, "SANDBOX_MAX_OUTPUT_MB": 64,
    "SANDBOX_MAX_SCRATCH_MB": 512, "SANDBOX_MAX_THREADS": 256, "SANDBOX_MAX_FILES": 1024,
}

QUICK = ("test_dict", "test_generators", "test_json", "test_re", "test_weakset")   # for make test
# Programs that do not end in a jail, or never twice the same way.
LEFT_OUT = {
    "test_asyncio.test_streams": "its servers are threads that wait for clients",
    "test_httpservers": "the same",
    "test_socket": "what fails of it without network is not the same twice",
    "test_xmlrpc": "as test_httpservers",
    **dict.fromkeys((
        "test-async-hooks-disable-during-promise.js", "test-async-hooks-promise-triggerid.js", "test-async-hooks-promise.js",
        "test-async-hooks-top-level-clearimmediate.js", "test-async-wrap-promise-after-enabled.js",
    ), "cold, a program begins in a callback, with its number and its end; warm it is as in a bare interpreter"),
    **dict.fromkeys(("test-zlib-brotli-kmaxlength-rangeerror.js", "test-zlib-kmaxlength-rangeerror.js"),
                    "they change buffer.kMaxLength before zlib is loaded, which a template has done"),
}
# Tests that wait for what a jail never lets come, as patterns of their names.
NOT_THESE = {
    "test_logging": "SocketHandler|DatagramHandler|SysLogHandler|HTTPHandler|SMTPHandler|ConfigDictTest.*listen",
    "test_thread": "TestForkInThread",
}

PROGRAM = """
import io, json, re, sys, unittest
from test import support
from test.support import socket_helper

NAME, NOT = "test.MODULE", re.compile(NOT_THESE)
support.use_resources, support.verbose = {}, 0
socket_helper._bind_nix_socket_error = OSError("no such family here")  # or it would look itself, at import

def name(test):
    return getattr(test, "test_case", test).id().removeprefix(NAME + ".")

def without(suite):
    return type(suite)(without(t) if isinstance(t, unittest.TestSuite) else t
                       for t in suite if isinstance(t, unittest.TestSuite) or not NOT.search(name(t)))

try:
    suite = without(unittest.defaultTestLoader.loadTestsFromName(NAME))
except unittest.SkipTest as e:
    suite = unittest.TestSuite([unittest.FunctionTestCase(unittest.skip(str(e))(lambda: None))])
result = unittest.TextTestRunner(stream=io.StringIO(), verbosity=0).run(suite)
print("\\nRESULT", json.dumps({
    "run": result.testsRun,
    "failed": sorted(name(t) for t, _ in result.failures + result.errors) + sorted(map(name, result.unexpectedSuccesses)),
    "skipped": sorted(name(t) for t, _ in result.skipped),
    "why": [text[-2000:] for _, text in result.failures + result.errors],
}), file=sys.__stdout__, flush=True)
"""


# What Node's files hold that fail, or hang, in any jail: options of node's own, other processes, network, a terminal.
NODE_NOT = re.compile(r"^// Flags:|child_process|cluster|require\('(?:node:)?(?:net|tls|dgram|inspector|repl|dns|https?2?)\b|\.listen\(|spawn", re.M)


class End:
    """How a module of CPython's suite ended. why is for the reader, and not compared."""

    def __init__(self, answer):
        data = re.search(r"^RESULT (\{.*\})$", answer.stdout, re.M)
        self.got = json.loads(data.group(1)) if data else {"run": 0, "failed": ["all of it"], "skipped": []}
        self.why = self.got.pop("why", [answer.error[-2000:]])
        self.whole = data is not None
        self.key = json.dumps([self.got, answer.exit_code], sort_keys=True)

    def __str__(self):
        return "{run} run, {} failed, {} skipped".format(len(self.got["failed"]), len(self.got["skipped"]), **self.got)


class NodeEnd(End):
    """How a file of Node's ended."""

    def __init__(self, answer):
        error = re.search(r"^(?:\S+ )?(\w*Error)\b", answer.stderr, re.M)
        self.got = {
            "run": 1, "failed": [error.group(1) if error else "exit code"] if answer.exit_code else [],
            "skipped": ["it"] if answer.stdout.startswith("1..0 # Skipped") else [],
        }
        self.why = [answer.error[-2000:]]
        self.whole = "error: timeout" not in answer.error
        self.key = json.dumps([self.got, answer.exit_code], sort_keys=True)


def differs(one, other):
    """In words."""
    words = [f"{one} | {other}"]
    for kind in ("failed", "skipped"):
        words += sorted(set(one.got[kind]) ^ set(other.got[kind]))[:5]
    return ", ".join(words)


class Unavailable(Exception):
    """The suite cannot be had here: the reason."""


def tree():
    """The root filesystem with the suite in it."""
    root = harness.ROOTFS["python3"]
    libraries = [p for p in glob.glob(root + "/usr/lib/python3.*") if os.path.isfile(p + "/json/__init__.py")]
    if len(libraries) != 1 or not shutil.which("apt-get"):
        raise Unavailable(f"{root} is not made of Debian's packages, or this is no Debian")
    version = os.path.basename(libraries[0])
    with copy_of(root, TREE) as fresh:
        if not fresh:
            return
        # stdlib for test.support and lib-dynload/_test*, which the root filesystem does without
        apt = ["-o", "APT::Sandbox::User=root", "download", f"lib{version}-testsuite", f"lib{version}-stdlib"]
        if not apt_get(apt):
            subprocess.run(["apt-get", "-q", "update"], capture_output=True)
            if not apt_get(apt):
                raise Unavailable(f"cannot download {apt[-2]}")
        for deb in glob.glob(WORK + "/lib*.deb"):
            subprocess.run(["dpkg-deb", "-x", deb, WORK + "/deb"], check=True)
            os.unlink(deb)
        # Only what is missing: what is there is the root filesystem's own, through the links.
        subprocess.run(["cp", "-an", f"{WORK}/deb/usr/lib/{version}", f"{TREE}/usr/lib/"], check=True)
        shutil.rmtree(WORK + "/deb")


def apt_get(words):
    """In WORK; did it work?"""
    return subprocess.run(["apt-get", "-q", *words], cwd=WORK, capture_output=True).returncode == 0


@contextlib.contextmanager
def copy_of(root, to):
    """A copy of hard links, to be completed; or False where it is there already. Half a copy is made anew."""
    os.makedirs(WORK, exist_ok=True)
    stamp = to + ".made"
    made_of = f"{root} {os.stat(root).st_ino} {os.stat(root + '/usr').st_mtime_ns}"
    with contextlib.suppress(OSError), open(stamp) as f:
        if f.read() == made_of:
            yield False
            return
    shutil.rmtree(to, ignore_errors=True)
    if subprocess.run(["cp", "-al", root, to], capture_output=True).returncode != 0:
        shutil.rmtree(to, ignore_errors=True)
        subprocess.run(["cp", "-a", root, to], check=True)
    for left in glob.glob(to + "/tmp/*"):  # slots of servers that run
        shutil.rmtree(left, ignore_errors=True)
    yield True
    with open(stamp, "w") as f:
        f.write(made_of)


def node_tree():
    """The same for Node: Debian's source package has the tests. Its lists are fetched in private."""
    with copy_of(harness.ROOTFS["nodejs"], NODE_TREE) as fresh:
        if not fresh:
            return
        apt = WORK + "/apt"
        # Where this machine's packages come from, the source packages are too.
        known = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Identifier: Packages"],
                               capture_output=True, text=True).stdout.splitlines()
        if not known:
            raise Unavailable("apt knows no repository")
        for directory in ("lists/partial", "cache/archives/partial", "parts"):
            os.makedirs(f"{apt}/{directory}", exist_ok=True)
        with open(apt + "/list", "w") as f:
            f.write(f"deb-src {known[0]} main\n")
        private = ["-o", "APT::Sandbox::User=root", "-o", f"Dir::Etc::sourcelist={apt}/list", "-o", f"Dir::Etc::sourceparts={apt}/parts",
                   "-o", f"Dir::State::lists={apt}/lists", "-o", f"Dir::Cache={apt}/cache"]
        if not apt_get([*private, "update"]) or not apt_get([*private, "source", "--download-only", "nodejs"]):
            raise Unavailable("cannot download the source of nodejs")
        os.makedirs(NODE_TREE + NODE_TESTS)
        source, = glob.glob(WORK + "/nodejs_*.orig.tar.*")
        subprocess.run(["tar", "-x", "-f", source, "--no-same-owner", "--strip-components=2", "-C", NODE_TREE + NODE_TESTS, "--wildcards",
                        "*/test/common/*", "*/test/fixtures/*", "*/test/parallel/*"], check=True)
        subprocess.run(["chmod", "-R", "a+rX,go-w", NODE_TREE + NODE_TESTS], check=True)
        for left in glob.glob(WORK + "/nodejs_*"):
            os.unlink(left)
        shutil.rmtree(apt)


def node_files():
    """The files of test/parallel that may pass in a jail."""
    found = []
    for path in sorted(glob.glob(NODE_TREE + NODE_TESTS + "/parallel/test-*.js")):
        with open(path, encoding="utf-8", errors="replace") as f:
            if os.path.basename(path) not in LEFT_OUT and not NODE_NOT.search(f.read()):
                found.append(os.path.basename(path))
    return found


def all_modules():
    """Every module and package of the suite; of test_asyncio, which is long, each module."""
    here = glob.glob(TREE + "/usr/lib/python3.*/test")[0]
    top = {os.path.basename(p).removesuffix(".py") for p in glob.glob(here + "/test_*") if p.endswith(".py") or os.path.isfile(p + "/__init__.py")}
    asyncio = {"test_asyncio." + os.path.basename(p).removesuffix(".py") for p in glob.glob(here + "/test_asyncio/test_*.py")}
    return sorted((top | asyncio) - {"test_asyncio"} - set(LEFT_OUT))


def server(mode):
    node = NODE_TREE if os.path.isdir(NODE_TREE + NODE_TESTS) else harness.ROOTFS["nodejs"]
    return harness.Server(mode=mode, SANDBOX_PYTHON_ROOTFS=TREE, SANDBOX_NODEJS_ROOTFS=node, **LIMITS)


def end(on, module):
    if module.endswith(".js"):
        with open(f"{NODE_TREE}{NODE_TESTS}/parallel/{module}", encoding="utf-8") as f:
            text = re.sub(r"'\.\./(common|fixtures)", rf"'{NODE_TESTS}/\1", f.read())
        return NodeEnd(on.run("nodejs", "process.env.NODE_TEST_DIR = process.cwd(); " + text, timeout=LIMITS["WORKER_TIMEOUT"] + 60))
    text = PROGRAM.replace("MODULE", module).replace("NOT_THESE", repr(NOT_THESE.get(module, "(?!)")))
    return End(on.run("python3", text, timeout=LIMITS["WORKER_TIMEOUT"] + 60))


def compare(servers, module):
    """(the ends of each mode, as many as were needed; did they meet)"""
    ends = {mode: [] for mode in servers}
    for _ in range(TRIES):
        for mode, on in servers.items():
            ends[mode].append(end(on, module))
        if set.intersection(*({e.key for e in es} for es in ends.values())):
            return ends, True
    return ends, False


def main(args):
    try:
        tree()
        node_tree()
    except Unavailable as e:
        sys.exit(f"long.py: {e}")
    verbose = args[:1] == ["-v"]
    modules = args[verbose:] or all_modules() + node_files()
    count = {"passed": 0, "failed": 0}
    whole = {"python3": 0, "nodejs": 0}

    def verdict(good, text):
        count["passed" if good else "failed"] += 1
        print(f"{'ok  ' if good else 'FAIL'}  {text}", flush=True)

    with contextlib.ExitStack() as stack:
        servers = {mode: stack.enter_context(server(mode)) for mode in MODES}

        def one(module):
            return module, *compare(servers, module)

        with ThreadPoolExecutor(LIMITS["MAX_WORKERS"]) as clients:
            for module, ends, good in clients.map(one, modules):
                first = ends[MODES[0]][0]
                whole["nodejs" if module.endswith(".js") else "python3"] += first.whole
                verdict(good, f"{module:44} {first}" + ("" if good else "".join(
                    f"\n      {mode}: {differs(first, e)}" for mode, es in ends.items() for e in es)))
                if verbose or not good:
                    print("\n".join(e.why[0] for es in ends.values() for e in es[-1:] if e.why))
        for on in servers.values():
            on.assert_warm()
        verdict(True, "warm runs were warm")
    if not args[verbose:]:
        verdict(all(whole[language] >= n for language, n in ENDED.items()), f"of {len(modules)} programs these came to their own end: {whole}")
    print("{passed} passed, {failed} failed".format_map(count))
    return count["failed"] != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
