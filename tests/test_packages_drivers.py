"""
runtime/pip.py and runtime/npm.js in a jail like the installer's, against indexes on loopback or none at all.
"""
import glob
import hashlib
import http.client
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

import harness
from driver_jail import UID
from packages import (PLAIN, Index, Registry, make_sdist, make_wheel, npm_manifest, npm_pack, npm_tarballs_of,
                      wheels_of)

HERE = os.path.join(harness.ROOT, "tests")
KINDS = {
    "python": ("python3", "pip.py", ["/usr/bin/python3", "-c"]),
    "node": ("nodejs", "npm.js", ["/usr/bin/node", "-e"]),
}


class Result:
    def __init__(self, process, work):
        self.status, self.out, self.err = process.returncode, process.stdout, process.stderr
        self.new = os.path.join(work, "new")
        path = os.path.join(self.new, "list")
        self.list = open(path).read().split() if os.path.exists(path) else None

    def __repr__(self):
        return f"<{self.status}: {self.out}\n--\n{self.err}>"

    def last(self, count=1):
        return "\n".join(self.err.rstrip("\n").split("\n")[-count:])


class Place:
    """A work directory, and installs in it."""

    def __init__(self, kind, directory):
        self.kind, self.dir = kind, str(directory)
        self.work, self.local = os.path.join(self.dir, "work"), os.path.join(self.dir, "work", "local")
        self.remote = os.path.join(self.dir, "remote")      # what index and registry have
        for path in (self.local, self.remote, *(os.path.join(self.work, name) for name in ("cache", "tmp"))):
            os.makedirs(path)
        self.number = 0

    def write(self, name, text):
        with open(os.path.join(self.work, name), "w") as f:
            f.write(text if isinstance(text, str) else json.dumps(text))

    def enter(self, argv, params="", timeout=50, **more):
        self.number += 1
        stage, given = os.path.join(self.dir, f"stage{self.number}"), os.path.join(self.dir, "params")
        os.makedirs(stage)
        with open(given, "w") as f:
            f.write(params)
        for where, _, names in os.walk(self.work):
            for name in (".", *names):
                os.chown(os.path.join(where, name), UID, UID, follow_symlinks=False)
        env = {"PATH": harness.PATH, "LANG": "C.UTF-8", "HOME": "/packages/work", "TMPDIR": "/packages/work/tmp",
               **more.pop("env", {})}
        spec = {"root": harness.ROOTFS[KINDS[self.kind][0]], "work": self.work, "stage": stage, "params": given,
                "argv": argv, "env": env, **more}
        return subprocess.run([sys.executable, os.path.join(HERE, "driver_jail.py"), json.dumps(spec)], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout)

    def install(self, web=None, net=True, scripts=False, params="", **more):
        """With the index of web, or offline."""
        subprocess.run(["rm", "-rf", os.path.join(self.work, "new")], check=True)
        os.makedirs(os.path.join(self.work, "new"))
        url = web if isinstance(web, str) or web is None else web.url
        params = (f"index {url}\noffline no\n" if url else "offline yes\n") + \
            f"scripts {'yes' if scripts else 'no'}\n" + params
        _, name, argv = KINDS[self.kind]
        text = harness.program(os.path.join(harness.ROOT, "runtime", name))
        done = self.enter([*argv, text], params, net=net and url is not None, scripts=scripts, **more)
        return Result(done, self.work)

    def run(self, code):
        """What a run with these packages prints."""
        argv = [*KINDS[self.kind][2], code]
        env = {"PYTHONUSERBASE": "/packages/work/new"} if self.kind == "python" else {
            "NODE_PATH": "/packages/work/new/node_modules"}
        done = self.enter(argv, env=env, net=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


def together(directory, check, rows):
    """check(a directory of its own, *row) for each row at once: most of these wait for tools that try again."""
    with ThreadPoolExecutor(4) as pool:
        for one in [pool.submit(check, os.path.join(directory, str(i)), *row) for i, row in enumerate(rows)]:
            one.result()


@pytest.fixture
def pip(tmp_path):
    return Place("python", tmp_path)


@pytest.fixture
def npm(tmp_path):
    return Place("node", tmp_path)


def site(result):
    [found] = glob.glob(os.path.join(result.new, "lib/python3*/site-packages"))
    return found


def shade(directory, version="1.0", tint=None):
    return make_wheel(directory, "shade", version, {"shade.py": f"tint = {tint or version!r}\n"})


def colour(directory, version="1.2"):
    return make_wheel(directory, "colour", version,
                      {"colour/__init__.py": "import shade\nwhere = __file__\ndef fail(): raise KeyError\n",
                       "colour.pth": "import sys; sys.by_pth = True\n"}, ["shade>=1"])


# pip


def test_pip_index(pip):
    colour(pip.remote), shade(pip.remote), shade(pip.remote, "0.9")
    pip.write("python-requirements.txt", "colour==1.2  # a comment\n")
    with Index(pip.remote) as index:
        got = pip.install(index)
        assert got.status == 0, got
        assert got.list == ["colour==1.2", "shade==1.0"]
        assert index.requests[0] == "/simple/colour/"
        assert "Downloading" in got.out and not got.err, got
        assert not re.search(r"\x1b|notice|━", got.out), got
    assert pip.run("import colour, sys; print(colour.shade.tint, sys.by_pth, colour.where)") == \
        f"1.0 True /packages/work/new/{os.path.relpath(site(got), got.new)}/colour/__init__.py\n"
    assert os.listdir(os.path.join(pip.work, "tmp")) == []


def test_pip_compiles(pip):
    colour(pip.local), shade(pip.local)
    pip.write("python-requirements.txt", "colour\n")
    got = pip.install()
    assert got.status == 0, got
    assert glob.glob(site(got) + "/__pycache__/shade.*.pyc") and glob.glob(site(got) + "/colour/__pycache__/*.pyc")
    assert pip.run("import colour; print(colour.fail.__code__.co_filename == colour.where)") == "True\n"


def test_pip_local_alone_when_offline(pip):
    colour(pip.local), shade(pip.local)
    pip.write("python-requirements.txt", "colour\n")
    got = pip.install()
    assert (got.status, got.list) == (0, ["colour==1.2", "shade==1.0"]), got


def test_pip_local_is_first(pip):
    shade(pip.local), shade(pip.remote, "2.0")
    pip.write("python-requirements.txt", "shade\n")
    with Index(pip.remote) as index:
        got = pip.install(index)
        assert (got.status, got.list, index.requests) == (0, ["shade==1.0"], []), got


def test_pip_mixed(pip):
    colour(pip.local), shade(pip.remote)
    pip.write("python-requirements.txt", "colour\n")
    with Index(pip.remote) as index:
        got = pip.install(index)
        assert (got.status, got.list) == (0, ["colour==1.2", "shade==1.0"]), got
        assert "/files/shade-1.0-py3-none-any.whl" in index.requests
    assert re.fullmatch("local packages alone do not do: No matching distribution found for shade>=1.*\n", got.err), got


@pytest.mark.parametrize("text", ["", "# nothing\n\n  # at all\n", "shade; sys_platform == 'win32'\n"])
def test_pip_nothing(pip, text):
    pip.write("python-requirements.txt", text)
    got = pip.install()
    assert (got.status, got.list) == (0, []), got


def test_pip_failures_offline(tmp_path):
    def check(directory, text, error):
        pip = Place("python", directory)
        shade(pip.local)
        pip.write("python-requirements.txt", text)
        got = pip.install()
        assert got.status == 1 and got.list is None, got
        assert re.search(error, got.last(6)), (error, got)

    together(tmp_path, check, [
        ("shade==9\n", "ERROR: No matching distribution found for shade==9"),
        ("shade = 1\n", "ERROR: Invalid requirement: .shade = 1."),
        ("shade\ncolour!\n", "ERROR: Invalid requirement: .colour!."),
        ("--no-such-option\n", "no such option: --no-such-option"),
        ("shade @ http://192.0.2.1/shade-1.0-py3-none-any.whl\n", "no network: offline"),
        ("--index-url http://192.0.2.1/simple\nlamp\n", "ERROR: No matching distribution found for lamp"),
    ])


def test_pip_no_such_package(pip):
    shade(pip.local)
    pip.write("python-requirements.txt", "lamp\n")
    with Index(pip.remote) as index:
        got = pip.install(index)
    assert (got.status, got.list) == (1, None), got
    first, *_, last = got.err.rstrip().split("\n")
    assert first == "local packages alone do not do: No matching distribution found for lamp", got
    assert last == "ERROR: No matching distribution found for lamp", got


def test_pip_bad_option(pip):
    """It ends pip, and is said although it ended the attempt with local packages alone, too."""
    shade(pip.local)
    pip.write("python-requirements.txt", "shade\n--no-such-option\n")
    with Index(pip.remote) as index:
        got = pip.install(index)
    assert got.status == 1 and "no such option: --no-such-option" in got.last(6), got


def test_pip_bad_index(tmp_path):
    def check(directory, fault, error):
        pip = Place("python", directory)
        shade(pip.remote)
        pip.write("python-requirements.txt", "shade\n")
        with Index(pip.remote) as index:
            vars(index).update(fault or {})
            got = pip.install(index if fault else f"http://127.0.0.1:{harness.free_port()}/simple/")
        assert (got.status, got.list) == (1, None), got
        assert re.search(error, got.err), (error, got)

    together(tmp_path, check, [
        ({"fail": 500}, "ERROR: No matching distribution found for shade\nERROR: .*500 error.*\n$"),
        ({"spoil": "shade"}, "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES"),
        ({"cut": "shade"}, "ERROR: .*(IncompleteRead|HASHES|bytes)"),
        (None, "ERROR: No matching distribution found for shade\nERROR: .*Connection refused.*\n$"),
    ])


def test_pip_sdist(pip):
    make_sdist(pip.local, "lamp", "3.0", files={"lamp.py": "on = True\n"})
    pip.write("python-requirements.txt", "lamp\n")
    got = pip.install()
    assert (got.status, got.list) == (1, None), got
    assert got.last() == "ERROR: No matching distribution found for lamp", got


def test_pip_sdist_with_scripts(pip):
    make_sdist(pip.local, "lamp", "3.0", files={"lamp.py": "on = True\n"})
    pip.write("python-requirements.txt", "lamp\n")
    got = pip.install(scripts=True)
    assert (got.status, got.list) == (0, ["lamp==3.0"]), got
    assert pip.run("import lamp; print(lamp.on)") == "True\n"


def test_pip_hostile_sdist(pip):
    """What an archive runs ends as it likes: a success is not its to make."""
    make_sdist(pip.local, "lamp", "3.0", "import os\nos._exit(0)\n")
    pip.write("python-requirements.txt", "lamp\n")
    got = pip.install(scripts=True)
    assert (got.status, got.list) == (1, None) and "ERROR" in got.err, got


@pytest.mark.parametrize("text", ["import sys\nsys.exit(0)\n", "import sys\ndef main(args): sys.exit(0)\n"])
def test_pip_ends_early(pip, text):
    shade(pip.local)
    pip.write("python-requirements.txt", "shade\n")
    [at] = glob.glob(PLAIN + "/usr/lib/python3*/dist-packages/pip/_internal/cli/main.py")
    [compiled] = glob.glob(os.path.dirname(at) + "/__pycache__/main.*.pyc")
    got = pip.install(over={os.path.relpath(at, PLAIN): text, os.path.relpath(compiled, PLAIN): None})
    assert got.status == 1 and got.list is None and got.last() == "ERROR: pip ended before it was done", got


def test_pip_cache(pip):
    shade(pip.remote)
    pip.write("python-requirements.txt", "shade\n")
    with Index(pip.remote) as index:
        for _ in range(2):
            got = pip.install(index)
            assert got.status == 0, got
        assert index.requests.count("/files/shade-1.0-py3-none-any.whl") == 1, (got, index.requests)


def test_pip_is_missing(pip):
    pip.write("python-requirements.txt", "shade\n")
    [at] = glob.glob(PLAIN + "/usr/lib/python3*/dist-packages/pip")
    got = pip.install(over={os.path.relpath(at, PLAIN): None})
    assert got.status == 1, got
    assert re.fullmatch("ERROR: no pip in this root filesystem: No module named 'pip.*'\n", got.err), got


def test_pip_real_packages(pip):
    names = wheels_of(PLAIN, ["jinja2", "requests"], pip.local)
    assert {"markupsafe", "idna", "urllib3"} <= set(names)
    assert re.search(r"-cp\d+-cp\d+-linux_", names["markupsafe"])
    pip.write("python-requirements.txt", "jinja2\nrequests\n")
    got = pip.install()
    assert got.status == 0, got
    assert len(got.list) == len(names)
    code = "import jinja2, requests, markupsafe._speedups as s; print(jinja2.__file__ + requests.__file__ + s.__file__)"
    assert pip.run(code).count("/packages/work/new/") == 3


def test_pip_pandas(pip, numpy_tree):
    names = wheels_of(numpy_tree, ["pandas"], pip.local)
    assert set(names) == {"pandas", "numpy", "python-dateutil", "pytz", "six"}
    pip.write("python-requirements.txt", "pandas\n")
    got = pip.install()
    assert got.status == 0 and len(got.list) == 5, got
    code = ("import numpy, pandas; print(numpy.linalg.inv([[2.0]]), pandas.DataFrame({'a': [1, 2]}).a.sum(),"
            " pandas.__file__.startswith('/packages/work/new/'))")
    assert pip.run(code) == "[[0.5]] 3 True\n"


# npm


def left(directory, version="1.0.0", dependencies=None, name="left", **fields):
    files = {"index.js": f"exports.version = '{name} {version}'\n"}
    return npm_pack(directory, name, version, files, dependencies, **fields)


def package(**dependencies):
    return {"name": "it", "version": "1.0.0", "dependencies": {
        name.replace("AT", "@").replace("_", "/"): spec for name, spec in dependencies.items()}}


def test_npm_registry(npm):
    left(npm.remote), left(npm.remote, "1.1.0", {"@a/b": "~2.0.0"}), left(npm.remote, "2.0.0")
    left(npm.remote, "2.0.1", name="@a/b")
    npm.write("package.json", package(left="^1.0.0"))
    with Registry(npm.remote) as registry:
        got = npm.install(registry)
        assert (got.status, got.list) == (0, ["@a/b==2.0.1", "left==1.1.0"]), got
        assert registry.requests[0] == "/left"
    assert not got.err and "added 2 packages" in got.out, got
    assert sorted(os.listdir(got.new)) == ["list", "node_modules"]
    assert npm.run("console.log(require('left').version, require('@a/b').version)") == "left 1.1.0 @a/b 2.0.1\n"


def test_npm_local_alone(npm):
    """Nesting, scopes, aliases, tags, peers, what is optional, bin; not offline nobody is asked either."""
    left(npm.local, dependencies={"deep": "^1.0.0", "@a/b": "*"}, optionalDependencies={"absent": "1", "alien": "1"})
    left(npm.local, "1.3.0-beta.1")
    left(npm.local, "1.0.0", name="alien", os=["nowhere"])
    left(npm.local, "1.0.0", {"deep": "latest"}, name="@a/b", peerDependencies={"peer": "1 || 2"})
    left(npm.local, "1.5.0", name="deep"), left(npm.local, "2.5.0", name="deep", bin="index.js")
    left(npm.local, "2.0.0", name="peer"), left(npm.local, "3.0.0", name="peer")
    wanted = package(left="latest", deep=">=2", other="npm:deep@1")
    npm.write("package.json", wanted | {"devDependencies": {"none": "1"}})
    want = ["@a/b==1.0.0", "deep==1.5.0", "deep==2.5.0", "left==1.0.0", "peer==2.0.0"]
    got = npm.install()
    assert (got.status, got.list) == (0, want), got
    assert not got.err, got
    code = ("const from = require('module').createRequire('/packages/work/new/node_modules/left/index.js');"
            "console.log(require('deep').version, from('deep').version, require('other').version)")
    assert npm.run(code) == "deep 2.5.0 deep 1.5.0 deep 1.5.0\n"
    links = [os.path.join(w, n) for w, d, f in os.walk(got.new) for n in d + f if os.path.islink(os.path.join(w, n))]
    assert [os.path.relpath(at, got.new) for at in links] == ["node_modules/.bin/deep"]
    with Registry(npm.remote) as registry:
        got = npm.install(registry)
        assert (got.status, got.list, set(registry.requests)) == (0, want, {"/absent"}), got


def test_npm_missing_is_named(npm):
    left(npm.local, "1.2.3", {"pad": "^2.0.0", "deep": "1"}), left(npm.local, "1.0.0", {"far": "~3"}, name="deep")
    left(npm.local, "1.0.0", name="pad")
    npm.write("package.json", package(left="1", none="latest", ATa_b="npm:real@^1"))
    got = npm.install()
    assert (got.status, got.list) == (1, None), got
    assert set(got.last(4).split("\n")) == {
        "pad@^2.0.0 (wanted by left@1.2.3): not in dependencies/npm",
        "far@~3 (wanted by deep@1.0.0): not in dependencies/npm",
        "none@latest (wanted by package.json): not in dependencies/npm",
        "real@^1 (wanted by package.json): not in dependencies/npm",
    }, got


def test_npm_mixed(npm):
    left(npm.local, "1.0.0", {"deep": "1"}), left(npm.remote, "1.9.0"), left(npm.remote, "1.1.0", name="deep")
    npm.write("package.json", package(left="1"))
    with Registry(npm.remote) as registry:
        got = npm.install(registry)
        assert (got.status, got.list) == (0, ["deep==1.1.0", "left==1.0.0"]), got
        assert "/left" not in registry.requests
    assert got.err == "local packages alone do not do: deep@1 (wanted by left@1.0.0): not in dependencies/npm\n", got


def test_npm_cache(npm):
    left(npm.remote)
    npm.write("package.json", package(left="1"))
    with Registry(npm.remote) as registry:
        for _ in range(2):
            got = npm.install(registry)
            assert got.status == 0, got
        assert registry.requests.count("/left/-/left-1.0.0.tgz") == 1, (got, registry.requests)


def test_npm_broken_tarball(npm):
    left(npm.local)
    for name, content in {"a.tgz": b"\x1f\x8bno", "b.tgz": b"no", "README": b""}.items():
        with open(os.path.join(npm.local, name), "wb") as f:
            f.write(content)
    npm.write("package.json", package(left="1"))
    got = npm.install()
    assert (got.status, got.list) == (0, ["left==1.0.0"]), got
    assert re.findall("^dependencies/npm/(.*) is not used: .+", got.err, re.M) == ["README", "a.tgz", "b.tgz"], got


@pytest.mark.parametrize("text, error", [
    ("{", "package.json: .*JSON.*"),
    ('{\n "dependencies": {"left": "1",}\n}', "package.json: .*(position 32|JSON).*"),
    ("[]", "package.json: not an object"),
    ('{"dependencies": ["left"]}', "package.json: dependencies is not an object of strings"),
    ('{"dependencies": {"left": 1}}', "package.json: dependencies.left is not a string"),
])
def test_npm_bad_package_json(npm, text, error):
    npm.write("package.json", text)
    got = npm.install()
    assert got.status == 1 and got.list is None and re.fullmatch(error + "\n", got.err), got


@pytest.mark.parametrize("value", [{}, {"dependencies": {}}, {"devDependencies": {"left": "1"}}])
def test_npm_nothing(npm, value):
    npm.write("package.json", value)
    got = npm.install()
    assert (got.status, got.list) == (0, []), got
    assert sorted(os.listdir(got.new)) == ["list", "node_modules"]


def test_npm_bad_registry(tmp_path):
    def check(directory, fault, error):
        npm = Place("node", directory)
        left(npm.remote)
        npm.write("package.json", package(left="1"))
        with Registry(npm.remote) as registry:
            vars(registry).update(fault or {})
            got = npm.install(registry if fault else f"http://127.0.0.1:{harness.free_port()}/")
        assert (got.status, got.list) == (1, None), got
        assert re.search(error, got.err) and not re.search(r"_logs|\n\n|npm ERR! +at ", got.err), (error, got)

    together(tmp_path, check, [
        ({"fail": 500}, "500 Internal Server Error"),
        ({"fail": 404}, "404"),
        ({"spoil": "left"}, "integrity checksum failed"),
        ({"cut": "left"}, "npm ERR! .*(Invalid response|aborted|TAR|zlib|ECONNRESET|EOF)"),
        (None, "ECONNREFUSED"),
    ])


def lock(npm, **entries):
    packages = {"": package(**{name: "^1.0.0" for name in entries}),
                **{f"node_modules/{name}": entry for name, entry in entries.items()}}
    npm.write("package-lock.json", {"name": "it", "version": "1.0.0", "lockfileVersion": 3, "requires": True,
                                    "packages": packages})


def test_npm_lock(npm):
    """What it says, not what is newest; from local tarballs too; and its checksums count."""
    left(npm.remote), left(npm.remote, "1.9.0")
    npm.write("package.json", package(left="^1.0.0"))
    with Registry(npm.remote) as registry:
        entry = registry.page("/left")[2]
        dist = json.loads(entry)["versions"]["1.0.0"]["dist"]
        lock(npm, left={"version": "1.0.0", "resolved": dist["tarball"], "integrity": dist["integrity"]})
        got = npm.install(registry)
        assert (got.status, got.list, registry.requests) == (0, ["left==1.0.0"], ["/left/-/left-1.0.0.tgz"]), got
    got = npm.install()
    assert (got.status, got.list) == (1, None), got
    assert got.last() == "left@1.0.0 (wanted by package-lock.json): not in dependencies/npm", got
    left(npm.local)
    got = npm.install()
    assert (got.status, got.list) == (0, ["left==1.0.0"]), got
    left(npm.local, keywords=["another"])
    subprocess.run(["rm", "-rf", os.path.join(npm.work, "cache")], check=True)  # it has what the checksum is of
    os.mkdir(os.path.join(npm.work, "cache"))
    got = npm.install()
    assert got.status == 1 and "EINTEGRITY" in got.err and "tarball data for left@" in got.err, got


def test_npm_lock_is_another_ones(npm):
    left(npm.local)
    npm.write("package.json", package(left="^1.0.0", right="1"))
    lock(npm, left={"version": "1.0.0"})
    got = npm.install()
    assert (got.status, got.list) == (1, None), got
    assert got.last() == "right@1 (wanted by package.json): not in dependencies/npm", got
    left(npm.local, name="right")
    got = npm.install()
    assert got.status == 1 and got.list is None and "in sync" in got.err, got


def test_npm_link_out(npm):
    npm.write(".npmrc", "install-links=false\n")
    npm.write("package.json", package(left="file:../../../usr/share/nodejs/chalk"))
    got = npm.install()
    assert (got.status, got.list) == (1, None), got
    assert "node_modules/left is a link that leads out of the packages" in got.err, got


def test_npm_is_missing(npm):
    npm.write("package.json", package(left="1"))
    got = npm.install(over={"usr/share/nodejs/npm": None})
    assert got.status == 1 and got.err == "no npm in this root filesystem\n", got


@pytest.mark.parametrize("text", [
    "process.exit(0)", "module.exports = () => process.exit(0)", "module.exports = async () => {}",
])
def test_npm_ends_early(npm, text):
    left(npm.local)
    npm.write("package.json", package(left="1"))
    got = npm.install(over={"usr/share/nodejs/npm/lib/cli.js": text})
    assert got.status == 1 and got.list is None and "node_modules/.package-lock.json: ENOENT" in got.last(), got


def test_npm_scripts_without_a_shell(npm):
    left(npm.local, scripts={"postinstall": "false"})
    npm.write("package.json", package(left="1"))
    got = npm.install(scripts=True)
    assert (got.status, got.list) == (0, ["left==1.0.0"]), got
    assert got.err == "no /bin/sh in this root filesystem: the packages' scripts are not run\n", got


def test_npm_bundled(npm):
    inner = {"node_modules/inner/package.json": '{"name": "inner", "version": "5.0.0"}'}
    npm_pack(npm.local, "outer", "1.0.0", inner, {"inner": "5"}, bundleDependencies=["inner"])
    npm.write("package.json", package(outer="1"))
    got = npm.install()
    assert (got.status, got.list) == (0, ["inner==5.0.0", "outer==1.0.0"]), got


def test_npm_real_packages(npm):
    names = npm_tarballs_of(harness.ROOTFS["nodejs"], ["inflight", "which", "minipass"], npm.local)
    assert {"once", "wrappy", "isexe", "yallist"} <= set(names)
    npm.write("package.json", package(inflight="latest", which="*", minipass="*"))
    got = npm.install()
    assert got.status == 0, got
    assert len(got.list) == len({(npm_manifest(p)["name"], npm_manifest(p)["version"]) for p in names.values()})
    assert npm.run("console.log(require.resolve('wrappy'), typeof require('minipass'))") == \
        "/packages/work/new/node_modules/wrappy/wrappy.js function\n"


# What serves them


def test_index_faults(tmp_path):
    path = shade(tmp_path)
    with open(path, "rb") as f:
        content = f.read()
    with Index(tmp_path) as index:
        url = f"{index.base}/files/{os.path.basename(path)}"

        def fetch(at):
            with urllib.request.urlopen(at, timeout=5) as answer:
                return answer.read()

        assert fetch(url) == content and hashlib.sha256(content).hexdigest() in fetch(index.url + "shade/").decode()
        with pytest.raises(urllib.error.HTTPError, match="404"):
            fetch(index.url + "lamp/")
        index.spoil = "shade"
        assert len(fetch(url)) == len(content) and fetch(url) != content
        index.cut = "shade"
        with pytest.raises(http.client.IncompleteRead):
            fetch(url)
        index.cut = index.spoil = None
        index.delay = 0.2
        with ThreadPoolExecutor(3) as pool:
            assert list(pool.map(fetch, [url] * 3)) == [content] * 3
        assert index.most == 3 and len(index.requests) == 9
