"""
Packages: what dependencies/ names is installed, listed and found by runs; what an install that fails, is killed, or is
an enemy leaves behind. Real pip and npm against an index and a registry on loopback, or files; nothing from elsewhere.

FAULTS=all in the environment: what takes longer, too.
"""
import contextlib
import glob
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

import packages
from harness import ROOT, ROOTFS
from packages import make_sdist, make_wheel, npm_pack, write_tar
from serving import DEPENDENCIES, Server, get, post, process_name, processes, until

ALL = os.environ.get("FAULTS") == "all"
FILES = {"python3": "python-requirements.txt", "nodejs": "package.json"}
NOWHERE = "http://127.0.0.1:9/"         # nobody listens
FAILED = "not installed"                # what the log says of it


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def read(path):
    with open(path, errors="replace") as f:
        return f.read()


class Place:
    """What is to be installed, where it comes from, and where it goes."""

    def __init__(self):
        self.top = tempfile.mkdtemp(prefix="sandbox-packages-")
        os.chmod(self.top, 0o755)
        self.dependencies, self.packages, self.files = (
            os.path.join(self.top, d) for d in ("dependencies", "packages", "files"))
        os.mkdir(self.dependencies)
        os.mkdir(self.files)
        self.stack = contextlib.ExitStack()
        self.index = self.stack.enter_context(packages.Index(self.files))
        self.registry = self.stack.enter_context(packages.Registry(self.files))

    def close(self):
        self.stack.close()
        shutil.rmtree(self.top, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.dependencies, *names)

    def local(self, language):
        """The directory of files that are used first."""
        d = self.path({"python3": "wheels", "nodejs": "npm"}[language])
        os.makedirs(d, exist_ok=True)
        return d

    def python(self, *lines):
        write(self.path(FILES["python3"]), "".join(line + "\n" for line in lines))

    def node(self, **versions):
        write(self.path(FILES["nodejs"]), json.dumps({"dependencies": versions}))

    def add(self, language, version, directory=None, name="colour"):
        """colour of that version, which says it; in the index or the registry."""
        if language == "python3":
            make_wheel(directory or self.files, name, version, {f"{name}.py": f"version = {version!r}\n"})
        else:
            npm_pack(directory or self.files, name, version, {"index.js": f"module.exports = '{version}';\n"})

    def want(self, language, version="", name="colour"):
        if language == "python3":
            self.python(name + (f"=={version}" if version else ""))
        else:
            self.node(**{name: version or "*"})

    def in_use(self, language):
        """The directory that current names, or None."""
        with contextlib.suppress(OSError):
            installed = os.path.join(self.packages, language, "installed")
            return os.path.join(installed, os.readlink(os.path.join(installed, "current")))

    def server(self, settings=None, **more):
        return Installing(self, settings, **more)


class Installing(Server):
    """A server that installs. Cold and without copies, unless a test says otherwise."""

    def installer_uid(self):
        """The fifth from the end of its 64."""
        return int(re.search(r" uid=(\d+)", self.log()).group(1)) + 59

    def __init__(self, place, settings=None, **more):
        self.place = place
        super().__init__({
            "dependencies_dir": place.dependencies, "packages_dir": place.packages, "max_workers": 2,
            "templates": "false", "python_pip_mirror_url": place.index.url, "npm_registry": place.registry.url,
            **(settings or {}),
        }, **more)

    def update(self, language="python3", timeout=60):
        return self.ask(post(DEPENDENCIES + "/update", {"language": language}), timeout).json()

    def updated(self, language="python3"):
        answer = self.update(language)
        assert answer == {"code": 0, "message": "success", "data": {}}, (answer, self.tail())

    def refused(self, language="python3"):
        """An update that must fail: the reason."""
        answer = self.update(language)
        assert answer["code"] == -500 and answer["data"] is None, (answer, self.tail())
        assert answer["message"].startswith(f"{language} packages: "), answer
        return answer["message"]

    def refresh(self, language="python3"):
        return self.ask(get(f"{DEPENDENCIES}/refresh?language={language}"), 60).json()

    def listed(self, language="python3"):
        """{name: version}, checked to be in order."""
        answer = self.get(f"{DEPENDENCIES}?language={language}").json()
        assert answer["code"] == 0, answer
        names = [row["name"] for row in answer["data"]["dependencies"]]
        assert names == sorted(names, key=str.lower if language == "python3" else None), names
        assert len(names) == len(set(names)), names
        return {row["name"]: row["version"] for row in answer["data"]["dependencies"]}

    def version(self, language="python3", name="colour"):
        """What a run sees, or None."""
        if language == "python3":
            code = f"try:\n import {name}; print({name}.version)\nexcept ImportError: print(None)"
        else:
            code = (f"try {{ console.log(require('{name}')) }}"
                    " catch (e) { console.log(e.code == 'MODULE_NOT_FOUND' ? 'None' : e) }")
        said = self.says(code, language).strip()
        return None if said == "None" else said

    def tail(self):
        """What the log says of packages last."""
        return "\n".join([line[:600] for line in self.log().splitlines() if " packages " in line][-12:])

    def installs(self, language=""):
        """How many have begun."""
        return len(re.findall(f'msg="{language}.*: installing what ', self.log()))

    def wait_version(self, language, version, seconds=20):
        """It comes by itself."""
        assert until(lambda: self.listed(language).get("colour") == version, seconds, 0.2), self.tail()
        assert self.version(language) == version

    def wait_log(self, pattern, seconds=20):
        assert until(lambda: re.search(pattern, self.log()), seconds), self.tail()
        return re.search(pattern, self.log())

    def installer(self):
        """The process that starts pip and npm."""
        def find():
            for pid in self.descendants():
                with contextlib.suppress(OSError):
                    if process_name(pid) == "sandbox-deps":
                        return pid

        assert until(find), self.log()
        return find()

    def tools(self):
        """pip and npm, and what they have started: what runs below that process as somebody else."""
        top, table, found = self.installer(), processes(), set()
        grew = True
        while grew:
            new = {pid for pid, (ppid, uid) in table.items() if (ppid == top or ppid in found) and uid != 0} - found
            found |= new
            grew = bool(new)
        return found

    def wait_tool(self):
        assert until(self.tools, 20), self.tail()
        return self.tools()


@pytest.fixture
def place():
    p = Place()
    yield p
    p.close()


LANGUAGES = pytest.mark.parametrize("language", ["python3", "nodejs"])
# The same for both, and slow.
MOSTLY = pytest.mark.parametrize("language", ["python3", "nodejs"] if ALL else ["python3"])


# When they are installed

def test_at_start_and_after_a_restart(place):
    """In the background; the first list after it is right, and after a restart there is nothing to install."""
    for language in FILES:
        place.add(language, "1.2")
        place.want(language)
    place.index.delay = 0.7
    with place.server() as s:
        assert s.get("/health").status == 200
        assert s.says("print(6 * 7)") == "42\n" and s.version() is None
        assert "installed in" not in s.log()
        for language in FILES:
            s.wait_version(language, "1.2")
        assert s.installs() == 2, s.log()
    asked = len(place.index.requests), len(place.registry.requests)
    for templates in ("false", "true"):
        with place.server({"templates": templates}) as s:
            for language in FILES:
                assert s.listed(language)["colour"] == "1.2"
                assert s.refresh(language)["code"] == 0
                assert s.version(language) == "1.2"
            assert s.installs() == 0, s.log()
    assert asked == (len(place.index.requests), len(place.registry.requests))


def test_list(place):
    """What is really there, names and versions from their metadata; in order; of both languages."""
    make_wheel(place.files, "Zebra.Crossing", "0.9.dev3", {"zebra.py": ""}, ["apple"])
    make_wheel(place.files, "apple", "10.0", {"apple.py": ""})
    npm_pack(place.files, "@b/right", "2.0.0-rc.1", {"index.js": ""}, {"apple": "*"})
    npm_pack(place.files, "apple", "10.0.1", {"index.js": ""})
    place.python("# of ours", "", f"Zebra.Crossing==0.9.dev3 --hash={sha256(place, 'Zebra')}",
                 f"apple == 10.0 --hash={sha256(place, 'apple')}")
    place.node(**{"@b/right": "2.0.0-rc.1"})
    with place.server() as s:
        before = s.listed(), s.listed("nodejs")
        assert {"requests", "httpx", "Jinja2", "PySocks"} <= set(before[0]), before[0]
        for language, new in ("python3", {"Zebra.Crossing": "0.9.dev3", "apple": "10.0"}), (
                "nodejs", {"@b/right": "2.0.0-rc.1", "apple": "10.0.1"}):
            answer = s.refresh(language)
            assert answer["code"] == 0, answer
            got = {row["name"]: row["version"] for row in answer["data"]["dependencies"]}
            assert got == {**before[language == "nodejs"], **new}
            assert s.listed(language) == got
        # Of one that the root filesystem has too, what runs get is what is said.
        packages.wheel_of(ROOTFS["python3"], "idna", place.files)
        make_wheel(place.files, "Jinja2", "99.1", {"jinja2/__init__.py": "__version__ = '99.1'"})
        place.python("jinja2")
        s.updated()
        assert s.listed()["Jinja2"] == "99.1" == s.says("import jinja2; print(jinja2.__version__)").strip()


def sha256(place, begins):
    import hashlib
    with open(glob.glob(os.path.join(place.files, begins + "*.whl"))[0], "rb") as f:
        return "sha256:" + hashlib.sha256(f.read()).hexdigest()


@MOSTLY
def test_file_changes(place, language):
    """Written in place, replaced as editors do, and swapped as a ConfigMap is: no call needed."""
    for n in range(1, 5):
        place.add(language, f"{n}.0.0")
    path, name = place.path(FILES[language]), FILES[language]
    with place.server() as s:
        place.want(language, "1.0.0")
        s.wait_version(language, "1.0.0")
        os.rename(path, path + "~")
        place.want(language, "2.0.0")
        new = path + ".swp"
        os.rename(path, new)
        os.rename(new, path)
        s.wait_version(language, "2.0.0")
        for n in (3, 4):                # the file -> ..data/file, ..data -> a directory, which alone is another then
            d = place.path(f"..2026_{n}")
            os.mkdir(d)
            text = read(path).replace(f"{n - 1}.0.0", f"{n}.0.0")
            write(os.path.join(d, name), text)
            os.symlink(os.path.basename(d), place.path("..data_tmp"))
            os.rename(place.path("..data_tmp"), place.path("..data"))
            if n == 3:
                os.symlink(os.path.join("..data", name), new)
                os.rename(new, path)
            s.wait_version(language, f"{n}.0.0")
        shutil.rmtree(place.path("..2026_3"))


def test_included_file_and_wheels_change(place):
    """What -r and -c name, and the directory of wheels, which may come later."""
    for version in ("1.0", "2.0", "3.0"):
        place.add("python3", version)
    write(place.path("more.txt"), "colour<2\n")
    write(place.path("limits.txt"), "colour<3\n")
    place.python("-r more.txt", "-c limits.txt")
    with place.server() as s:
        s.wait_version("python3", "1.0")
        write(place.path("more.txt"), "colour\n")
        s.wait_version("python3", "2.0")
        write(place.path("limits.txt"), "\n")
        s.wait_version("python3", "3.0")
        place.add("python3", "2.5", place.local("python3"))
        s.wait_version("python3", "2.5")


def test_interval_and_force(place):
    """By itself what is newer, every python_deps_update_interval; update at once; refresh only what the file says."""
    for language in FILES:
        place.add(language, "1.0.0")
        place.want(language)
    with place.server() as s:
        for language in FILES:
            assert s.refresh(language)["code"] == 0
            place.add(language, "1.1.0")
            assert s.refresh(language)["code"] == 0 and s.version(language) == "1.0.0"
            s.updated(language)
            assert s.version(language) == "1.1.0"
            n = place.in_use(language)
            s.updated(language)         # nothing new: the same stays
            assert place.in_use(language) == n
    with place.server({"python_deps_update_interval": "2s"}) as s:
        for language in FILES:
            place.add(language, "1.2.0")
        for language in FILES:
            s.wait_version(language, "1.2.0")


def test_without_files(place):
    """Nothing is wanted: that is no error; what there was stays."""
    place.add("python3", "1.0")
    with place.server() as s:
        for language in FILES:
            s.updated(language)
            assert s.refresh(language)["code"] == 0 and s.version(language) is None
        place.want("python3")
        s.wait_version("python3", "1.0")
        os.unlink(place.path(FILES["python3"]))
        s.updated()
        assert s.refresh()["code"] == 0 and s.version() == "1.0"
        shutil.rmtree(place.dependencies)
        s.updated()
        assert s.version() == "1.0"
        os.mkdir(place.dependencies)
        place.add("python3", "2.0")
        place.want("python3", "2.0")
        s.wait_version("python3", "2.0", 30)
        write(place.path("more.txt"), "")       # it is watched again
        place.want("python3", "1.0")
        s.wait_version("python3", "1.0")
    place.python()                      # the file is there and names nothing: then nothing is installed
    with place.server() as s:
        assert s.refresh()["code"] == 0 and s.version() is None and "colour" not in s.listed()


def test_calls_share(place):
    """One install, one answer, for all who ask meanwhile; and one language at a time."""
    for language in FILES:
        place.add(language, "1.0.0")
        place.want(language)
    place.index.delay = place.registry.delay = 0.4
    with place.server({"max_workers": 4}) as s:
        s.refresh(), s.refresh("nodejs")
        for web in place.index, place.registry:
            web.requests.clear()
        before = s.installs()
        with ThreadPoolExecutor(16) as pool:
            answers = [(language, pool.submit(s.update, language)) for _ in range(8) for language in FILES]
            assert until(lambda: s.installs() == before + 1)
            with s.connect() as c:      # runs and lists go on
                c.send(get(DEPENDENCIES + "?language=python3"))
                assert c.response().json()["code"] == 0
            assert s.says("print(1)") == "1\n"
            for _, answer in answers:
                assert answer.result()["code"] == 0
        assert s.installs() == before + 2, s.log()
        asked = place.index.requests, place.registry.requests
        assert len(asked[0]) <= 2 and len(asked[1]) <= 2, asked
        said = re.findall(r'msg="(python3|nodejs): (installing|installed|nothing new)', s.log())
        assert len(said) % 2 == 0, said
        assert all(a[0] == b[0] and a[1] == "installing" for a, b in zip(said[::2], said[1::2])), said


@MOSTLY
def test_change_during_an_install(place, language):
    """What is asked for after the file has changed is answered by an install of what it says now."""
    for version in ("1.0.0", "2.0.0"):
        place.add(language, version)
    place.want(language, "1.0.0")
    web = place.index if language == "python3" else place.registry
    web.delay = 1
    with place.server() as s:
        assert until(lambda: web.requests, 20)
        place.want(language, "2.0.0")
        web.delay = 0
        s.updated(language)
        assert s.version(language) == "2.0.0"


def test_the_calls_themselves(place):
    """Their errors are those of the list: language, method, key."""
    with place.server() as s:
        for body in {}, {"language": "ruby"}, {"language": 1}, []:
            got = s.post(DEPENDENCIES + "/update", body)
            assert got.status == 400 and got.json()["code"] == -400, (body, got.body)
        assert s.get(DEPENDENCIES + "/refresh?language=ruby").status == 400
        assert s.get(DEPENDENCIES + "/refresh").status == 400
        assert s.get(DEPENDENCIES + "/update").status == 405
        assert s.post(DEPENDENCIES + "/update", {"language": "python3"}, key="no").status == 401
        assert s.get(DEPENDENCIES + "/refresh?language=python3", key="no").status == 401
        with s.connect() as c:          # one that leaves does no harm
            c.send(post(DEPENDENCIES + "/update", {"language": "python3"}))
        s.updated()


# What goes wrong

def test_python_failures(place):
    """What failed and why, in pip's words, in the answer and the log; what there was is still there, and runs go on."""
    place.add("python3", "1.0")
    make_wheel(place.files, "needy", "1.0", {"needy.py": ""}, ["nonsuch>=3"])
    make_wheel(place.files, "broken", "1.0", {"broken.py": "x = 1\n" * 1000})
    make_wheel(place.files, "other-python", "1.0", {"other.py": ""}, tag="cp27-cp27m-linux_armv5")
    place.want("python3")
    with place.server(expected_errors=FAILED) as s:
        s.wait_version("python3", "1.0")
        kept = place.in_use("python3")

        def fails(*words, lines):
            place.python(*lines)
            said = s.refused()
            for word in words:
                assert re.search(word, said), (word, said)
            assert len(said) < 2500 and "Traceback" not in said, said
            assert json.dumps(words[0]) and until(lambda: FAILED in s.log())
            line = [one for one in s.log().splitlines() if FAILED in one][-1]
            assert all(re.search(word, line) for word in words), (words, line)
            assert s.version() == "1.0" and s.listed()["colour"] == "1.0" and place.in_use("python3") == kept
            assert s.refresh()["code"] == -500

        fails("nonsuch", "No matching distribution", lines=["colour", "nonsuch"])
        fails("colour==7", "1.0", lines=["colour==7"])
        fails("needy", "nonsuch", lines=["colour", "needy"])
        fails("other-python|other_python", lines=["other-python"])
        fails("line 3", "this is = not", lines=["colour", "# why", "this is = not"])
        fails("line 2", "--frobnicate", lines=["colour", "--frobnicate"])
        fails("absent.txt", lines=["-r absent.txt"])
        place.index.spoil = "broken"
        fails("broken", "(?i)hash", lines=["broken"])
        place.index.spoil, place.index.cut = None, "broken"
        fails("broken", lines=["broken"])
        place.index.cut, place.index.fail = None, 503
        fails("colour", "503", lines=["colour", "# again"])
        place.index.fail = None
        s.updated()
        assert s.version() == "1.0"


def test_npm_failures(place):
    place.add("nodejs", "1.0.0")
    npm_pack(place.files, "needy", "1.0.0", {"index.js": ""}, {"nonsuch": "^3.0.0"})
    npm_pack(place.files, "broken", "1.0.0", {"index.js": "1;\n" * 3000})
    place.want("nodejs")
    with place.server(expected_errors=FAILED) as s:
        s.wait_version("nodejs", "1.0.0")
        kept = place.in_use("nodejs")

        def fails(*words, text=None, **versions):
            write(place.path("package.json"), text if text is not None else json.dumps({"dependencies": versions}))
            said = s.refused("nodejs")
            for word in words:
                assert re.search(word, said), (word, said)
            assert len(said) < 2500, said
            line = [one for one in s.log().splitlines() if FAILED in one][-1]
            assert all(re.search(word, line) for word in words), (words, line)
            assert s.version("nodejs") == "1.0.0" and place.in_use("nodejs") == kept

        fails("nonsuch", colour="*", nonsuch="^1.0.0")
        fails("colour@", "7", colour="7.0.0")
        fails("nonsuch", needy="*")
        fails("package.json", "JSON", text='{"dependencies": {"colour": "*",}}')
        fails("package.json", "dependencies", text='{"dependencies": ["colour"]}')
        fails("package.json", text="")
        place.registry.spoil = "broken"
        fails("broken", "(?i)integrity|checksum", broken="*")
        place.registry.spoil, place.registry.fail = None, 404
        fails("colour", "404", colour="1.0.0")
        place.registry.fail = None
        s.updated("nodejs")
        assert s.version("nodejs") == "1.0.0"


@MOSTLY
def test_failed_start(place, language):
    """Nothing can be reached: the server is there all the same, and says it once until something changes."""
    place.want(language)
    with place.server({"python_pip_mirror_url": NOWHERE, "npm_registry": NOWHERE}, expected_errors=FAILED) as s:
        s.wait_log(f"{language}: not installed", 40)
        assert s.says("print(1)") == "1\n" and s.listed(language) and s.version(language) is None
        n = s.installs()
        time.sleep(1.5)
        assert s.installs() == n


# Where they come from

def test_mirrors(place):
    """PIP_MIRROR_URL and SANDBOX_NPM_REGISTRY do what the file's keys do."""
    for language in FILES:
        place.add(language, "1.0.0")
        place.want(language)
    settings = {"dependencies_dir": place.dependencies, "packages_dir": place.packages, "templates": "false"}
    with Server(settings, PIP_MIRROR_URL=place.index.url, SANDBOX_NPM_REGISTRY=place.registry.url) as s:
        for language in FILES:
            answer = s.post(DEPENDENCIES + "/update", {"language": language}).json()
            assert answer["code"] == 0, answer
        assert s.says("import colour; print(colour.version)") == "1.0.0\n"
        assert s.says("console.log(require('colour'))", "nodejs") == "1.0.0\n"
    assert place.index.requests and place.registry.requests


def test_local_files_are_first(place):
    """wheels/ and npm/ before the index; the rest from there; with offline: true nobody is asked for anything."""
    for language in FILES:
        place.add(language, "1.0.0", place.local(language))
        place.add(language, "9.0.0")
        place.want(language)
    with place.server(expected_errors=FAILED) as s:
        for language in FILES:
            s.updated(language)
            assert s.version(language) == "1.0.0"
        assert place.index.requests == place.registry.requests == []
        place.add("python3", "2.0", name="far")
        place.add("nodejs", "2.0.0", name="far")
        place.python("colour", "far")
        place.node(colour="*", far="*")
        for language in FILES:
            s.updated(language)
            assert s.version(language, "far")[:3] == "2.0", s.tail()
        assert s.version("nodejs") == "1.0.0"
        assert any("far" in r for r in place.index.requests) and any("far" in r for r in place.registry.requests)
    for web in place.index, place.registry:
        web.requests.clear()
    shutil.rmtree(place.packages)       # npm may use what it has in its cache
    place.python("colour", f"--extra-index-url {place.index.url}")
    place.node(colour="*")
    with place.server({"offline": "true"}, expected_errors=FAILED) as s:
        for language in FILES:
            s.updated(language)
            assert s.version(language) == "1.0.0"
        place.python("colour", "far", f"--extra-index-url {place.index.url}")
        place.node(colour="*", far="*")
        for language in FILES:
            assert "far" in s.refused(language)
            assert s.version(language) == "1.0.0"
        place.python(f"far @ {place.index.base}/files/far-2.0-py3-none-any.whl")
        place.node(far=f"{place.registry.base}/far/-/far-2.0.0.tgz")
        for language in FILES:
            assert "far" in s.refused(language)
    assert place.index.requests == place.registry.requests == []


def test_real_packages(place):
    """From a root filesystem back to packages: what is used of them works, and it is the installed one."""
    packages.wheels_of(ROOTFS["python3"], ["requests", "jinja2", "httpx"], place.local("python3"))
    packages.npm_tarballs_of(ROOTFS["nodejs"], ["once", "minipass"], place.local("nodejs"))
    place.python("requests", "jinja2[i18n] ; python_version < '3'", "jinja2", "httpx")
    place.node(once="*", minipass="*")
    with place.server({"offline": "true"}) as s:
        for language in FILES:
            s.updated(language)
        code = ("import jinja2, requests, httpx, importlib.metadata as m\n"
                "print(jinja2.Template('{{ a }}').render(a=1),"
                " requests.Request('GET', 'http://a/', params={'b': 1}).prepare().url)\n"
                "print(httpx.URL('http://a/b').path, m.version('requests') == requests.__version__)\n"
                "print({x.__file__.rpartition('/lib/')[0][:-1] for x in (jinja2, requests, httpx)})")
        assert s.says(code) == "1 http://a/?b=1\n/b True\n{'/packages/g00000'}\n"
        code = ("const once = require('once')((x) => x + 1), Pass = require('minipass'); console.log(once(1), once(5),"
                " new Pass().end('ab').read().toString(), require.resolve('once').slice(0, 11))")
        assert s.says(code, "nodejs") == "2 2 ab /packages/g\n"


@pytest.fixture(scope="module")
def numpy_wheels(numpy_tree):
    """A directory of wheels: numpy, pandas and what they need, made of Debian's packages."""
    d = tempfile.mkdtemp(prefix="sandbox-wheels-")
    packages.wheels_of(numpy_tree, ["pandas"], d)
    yield d
    shutil.rmtree(d)


PANDAS = r"""
import io, datetime, threading
import numpy as np, pandas as pd
a = np.arange(250000.0).reshape(500, 500)
assert np.allclose((a @ np.eye(500)), a)                        # BLAS and its threads
m = np.random.default_rng(1).random((300, 300)) + 300 * np.eye(300)
b = np.ones(300)
assert np.allclose(m @ np.linalg.solve(m, b), b) and abs(np.linalg.inv(m) @ m - np.eye(300)).max() < 1e-9
assert np.linalg.svd(m, compute_uv=False).shape == (300,) and np.fft.fft(b).shape == (300,)
out = []
threads = [threading.Thread(target=lambda: out.append((a @ a).shape)) for _ in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
assert out == [(500, 500)] * 4
rows = "\n".join(f"{'abc'[i % 3]},{i},2024-01-{i % 28 + 1:02d}" for i in range(3000))
d = pd.read_csv(io.StringIO("key,n,day\n" + rows), parse_dates=["day"])
g = d.groupby("key").n.agg(["sum", "mean"])
assert g.loc["a", "sum"] == sum(range(0, 3000, 3)) and len(d.merge(g, left_on="key", right_index=True)) == 3000
assert d.set_index("day").n.resample("7D").sum().sum() == d.n.sum()
t = pd.Timestamp("2024-02-29 12:00", tz="UTC").tz_convert("Europe/Berlin")
assert (t.hour, (t + pd.DateOffset(years=1)).day, t.strftime("%a")) == (13, 28, "Thu")
assert pd.Series([1, None, 3]).fillna(0).astype(int).tolist() == [1, 0, 3]
d.to_csv("d.csv"); assert len(pd.read_csv("d.csv")) == 3000
assert "key" in d.head().to_html() and d.describe().shape[0] >= 8
assert d.pivot_table(index="key", values="n", aggfunc="max").n.max() == 2999
big = pd.DataFrame({"x": np.arange(3_250_000.0), "y": np.arange(3_250_000)})
assert big.memory_usage().sum() > 50_000_000 and big.x.mean() == 1624999.5
assert big.sort_values("y", ascending=False).y.iloc[0] == 3249999
print("well")
"""
IMPORT = "import time; t = time.perf_counter(); import numpy, pandas; print((time.perf_counter() - t) * 1000)"


def test_numpy_and_pandas(place, numpy_wheels):
    """With no network at all, under the limits as they come; imported ahead, their import costs nothing."""
    shutil.copytree(numpy_wheels, place.local("python3"), dirs_exist_ok=True)
    place.python("numpy", "pandas")
    settings = {"offline": "true", "preload_modules.python3": "numpy,pandas", "max_workers": 4}
    with place.server({**settings, "templates": "true"}) as s:
        assert s.refresh()["code"] == 0
        assert {"numpy", "pandas", "pytz", "six"} <= set(s.listed())
        s.wait_warm()
        assert s.says(PANDAS) == "well\n"
        assert min(float(s.says(IMPORT)) for _ in range(5)) <= 5
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(s.says, [PANDAS] * 4)) == ["well\n"] * 4
    assert place.index.requests == []
    with place.server(settings) as s:   # cold
        assert s.says(PANDAS) == "well\n" and s.installs() == 0


# How runs find them

def test_how_they_are_found(place):
    """.pth files, metadata, data files; require and import, scoped, with subpaths and versions nested."""
    make_wheel(place.files, "tool", "1.0", {
        "tool/__init__.py": "import os; data = open(os.path.join(os.path.dirname(__file__), 'd.txt')).read()",
        "tool/d.txt": "data",
        "tool.pth": "import sys; sys.by_pth = 1\nextra-place\n", "extra-place/by_path.py": "x = 2",
        "tool-1.0.dist-info/entry_points.txt": "[console_scripts]\ntool = tool:main\n",
        "tool-1.0.data/scripts/tool-script": "#!python\nprint(1)\n", "tool-1.0.data/purelib/pure.py": "x = 3",
    })
    place.python("tool")
    npm_pack(place.files, "plain", "1.0.0", {
        "index.js": "module.exports = require('inner').v; exports.x = 1", "sub/deep.js": "exports.y = 2",
    }, {"inner": "^1.0.0"})
    npm_pack(place.files, "inner", "1.5.0", {"index.js": "exports.v = 1.5"})
    npm_pack(place.files, "inner", "2.0.0", {"index.js": "exports.v = 2"})
    npm_pack(place.files, "@scope/module", "1.0.0", {
        "main.mjs": "export default 'default'; export const named = 'named';",
    }, type="module", exports={".": "./main.mjs"})
    place.node(plain="*", inner="2.0.0", **{"@scope/module": "*"})
    with place.server() as s:
        for language in FILES:
            s.updated(language)
        code = ("import sys, tool, by_path, pure, importlib.metadata as m\n"
                "print(tool.data, sys.by_pth, by_path.x, pure.x)\n"
                "print(m.version('tool'), m.distribution('tool').files is not None)\n"
                "print([e.value for e in m.entry_points(group='console_scripts') if e.name == 'tool'])")
        assert s.says(code) == "data 1 2 3\n1.0 True\n['tool:main']\n"
        code = ("console.log(require('plain'), require('plain/sub/deep').y, require('plain/package.json').version,"
                " require('inner').v)")
        assert s.says(code, "nodejs") == "1.5 2 1.0.0 2\n"
        code = ("import('@scope/module').then((m) => import('inner').then((i) =>"
                " console.log(m.default, m.named, i.default.v)))")
        assert s.says(code, "nodejs") == "default named 2\n"
        # A run can read them, and not change them; what the file says, with passwords in it, is nobody's.
        code = ("import os, colorama\nbase = os.environ['PYTHONUSERBASE']\n"
                "for f in (lambda: open(base + '/x', 'w'), lambda: os.chmod(base, 0o777),\n"
                "          lambda: os.rename(base, base + 'x'), lambda: os.listdir(base + '/../locks'),\n"
                "          lambda: os.listdir(base + '/../work')):\n"
                "    try: f(); print('done')\n    except OSError as e: print('no')")
        assert s.says(code) == "no\n" * 5


@LANGUAGES
def test_preload_modules(place, language):
    """Imported where runs are copied from: there before the program's first line; and so is the next version."""
    for version in ("1.0.0", "2.0.0"):
        place.add(language, version)
    code = {
        "python3": "import sys; print('colour' in sys.modules); import colour; print(colour.version)",
        "nodejs": "console.log(Object.keys(require.cache).some((f) => f.includes('colour')));"
                  " console.log(require('colour'))",
    }[language]
    yes = {"python3": "True", "nodejs": "true"}[language]
    with place.server({"templates": "true", f"preload_modules.{language}": "colour"}) as s:
        for version in ("1.0.0", "2.0.0"):
            place.want(language, version)
            s.updated(language)
            assert s.version(language) == version
            want = f"{yes}\n{version}\n"
            assert until(lambda: s.says(code, language) == want, 20, 0.1), (s.templates(), s.tail())


@MOSTLY
def test_changes_under_load(place, language):
    """Every request is answered, and one that begins after an update's answer sees the new version."""
    versions = [f"{n}.0.0" for n in range(1, 7)]
    for version in versions:
        place.add(language, version)
    place.want(language, versions[0])
    code = {"python3": "import colour; print(colour.version)", "nodejs": "console.log(require('colour'))"}[language]
    with place.server({"templates": "true", "max_workers": 4, f"preload_modules.{language}": "colour"}) as s:
        s.updated(language)
        least, wrong, done, seen = [versions[0]], [], threading.Event(), []

        def client():
            while not done.is_set():
                at_least = least[0]
                try:
                    answer = s.run(code, language)
                    said = answer["data"]["stdout"].strip()
                    seen.append(said)
                    if answer["code"] != 0 or said not in versions or said < at_least:
                        wrong.append((at_least, answer))
                except Exception as e:  # pylint: disable=broad-except
                    wrong.append((at_least, repr(e)))

        clients = [threading.Thread(target=client) for _ in range(4)]
        for c in clients:
            c.start()
        try:
            for version in versions[1:]:
                place.want(language, version)
                s.updated(language)
                least[0] = version
        finally:
            done.set()
            for c in clients:
                c.join()
        assert not wrong and len(seen) > 20, (wrong[:3], len(seen))
        assert s.version(language) == versions[-1]
        left = os.listdir(os.path.join(place.packages, language, "installed"))
        assert len([name for name in left if name.startswith("g")]) == 2, left


# Where they go

@pytest.fixture
def trees(place):
    """Copies of the root filesystems, to write in."""
    found = {}
    for language, root in ROOTFS.items():
        to = os.path.join(os.path.dirname(root), f"packages-{os.getpid()}-{os.path.basename(root)}")
        if subprocess.run(["cp", "-al", root, to], stderr=subprocess.DEVNULL).returncode != 0:
            subprocess.run(["rm", "-rf", to], check=True)
            subprocess.run(["cp", "-a", root, to], check=True)
        subprocess.run(["rm", "-rf", f"{to}/packages/python3", f"{to}/packages/nodejs"], check=True)
        found[language] = to
    yield found
    for to in found.values():
        subprocess.run(["rm", "-rf", to], check=True)


def roots(trees, **more):
    return {"packages_dir": "", "python_rootfs": trees["python3"], "nodejs_rootfs": trees["nodejs"], **more}


@contextlib.contextmanager
def mounted(*words):
    """mount ... DIRECTORY, until the end."""
    subprocess.run(["mount", *words], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", words[-1]], check=True)


def test_in_the_root_filesystem(place, trees):
    """The default, with and without a tree of mounts of our own."""
    for language in FILES:
        place.add(language, "1.0.0")
        place.add(language, "2.0.0")
        place.want(language, "1.0.0")
    with place.server(roots(trees)) as s:
        for language in FILES:
            s.updated(language)
            assert s.version(language) == "1.0.0"
            assert os.path.isdir(f"{trees[language]}/packages/{language}/installed/g000001")
            assert not os.path.exists(f"{trees[language]}/packages/{'python3' if language == 'nodejs' else 'nodejs'}")
    with place.server(roots(trees, layers="-mount", templates="true")) as s:
        for language in FILES:
            assert s.refresh(language)["code"] == 0 and s.version(language) == "1.0.0" and s.installs() == 0
        for language in FILES:
            place.want(language, "2.0.0")
            s.updated(language)
            assert s.version(language) == "2.0.0"
            code = {"python3": "import os, colour; os.unlink(colour.__file__)",
                    "nodejs": "require('fs').unlinkSync(require.resolve('colour'))"}[language]
            assert s.run(code, language)["data"]["exit_code"] == 1 and s.version(language) == "2.0.0"


def test_elsewhere_without_mounts(place):
    """What cannot be shown is not installed, and it is said why."""
    for language in FILES:
        place.add(language, "1.0.0")
        place.want(language)
    with place.server({"layers": "-mount"}, expected_errors=FAILED) as s:
        for language in FILES:
            assert "nothing can be mounted here" in s.refused(language)
            assert s.listed(language) and s.version(language) is None
            s.wait_log(f"{language}: not installed: .*nothing can be mounted here")


def test_read_only(place):
    """The reason is in the answer and in the log; what is there already is used."""
    for language in FILES:
        place.add(language, "1.0.0")
        place.want(language)
    os.mkdir(place.packages)
    with mounted("-t", "tmpfs", "-o", "ro", "none", place.packages):
        with place.server(expected_errors=FAILED) as s:
            for language in FILES:
                assert re.search("packages.*Read-only file system", s.refused(language))
                assert s.listed(language) and s.version(language) is None
                s.wait_log(f"{language}: not installed: .*Read-only file system")
    with place.server() as s:
        for language in FILES:
            s.updated(language)
    with mounted("--bind", place.packages, place.packages):
        subprocess.run(["mount", "-o", "remount,bind,ro", place.packages], check=True)
        with place.server({"templates": "true"}, expected_errors=FAILED) as s:
            for language in FILES:
                assert s.listed(language)["colour"] == "1.0.0" == s.version(language)
                assert re.search("Read-only file system", s.refused(language))
                assert s.version(language) == "1.0.0"


def test_disk_full(place):
    """Packages as they were, a reason, and when there is room again it goes on."""
    for language in FILES:
        place.add(language, "1.0.0")
        place.want(language)
    large = os.urandom(6 << 20)
    make_wheel(place.files, "large", "1.0", {"large.bin": large})
    npm_pack(place.files, "large", "1.0.0", {"large.bin": large})
    os.mkdir(place.packages)
    with mounted("-t", "tmpfs", "-o", "size=5m,mode=755", "none", place.packages):
        with place.server(expected_errors=FAILED) as s:
            for language in FILES:
                s.updated(language)
            place.python("colour", "large")
            place.node(colour="*", large="*")
            for language in FILES:
                assert re.search("(?i)no space left|ENOSPC", s.refused(language))
                assert s.version(language) == "1.0.0"
            place.add("python3", "2.0")
            place.want("python3")
            s.updated()
            assert s.version() == "2.0"


def test_another_uid(place):
    """Servers that take turns with other uids: what is left of the one before is no hindrance."""
    for n, version in enumerate(("1.0.0", "2.0.0")):
        for language in FILES:
            place.add(language, version)
            place.want(language, version)
        with place.server({"uid_base": 52000 + 1000 * n}) as s:
            for language in FILES:
                s.updated(language)
                assert s.version(language) == version


def test_two_servers(place):
    """On one directory: what one has installed is there for the other, and what one uses the other does not remove."""
    for language in FILES:
        place.add(language, "1.0.0")
        place.want(language)
    with place.server() as one:
        for language in FILES:
            one.updated(language)
        with place.server() as two:
            for language in FILES:
                assert two.refresh(language)["code"] == 0 and two.version(language) == "1.0.0"
            assert two.installs() == 0
            first = {language: place.in_use(language) for language in FILES}
            for n in range(2, 5):
                for language in FILES:
                    place.add(language, f"{n}.0.0")
                    one.updated(language)
                    assert one.version(language) == f"{n}.0.0"
                    # Node finds /node_modules before its NODE_PATH, where current is.
                    assert two.version(language) == ("1.0.0" if language == "python3" else f"{n}.0.0")
                    assert os.path.isdir(first[language])
            for language in FILES:
                assert two.refresh(language)["code"] == 0 and two.version(language) == "4.0.0", two.tail()
            assert two.installs() == 0
            for language in FILES:      # at the same time
                place.add(language, "5.0.0")
            with ThreadPoolExecutor(4) as pool:
                answers = [pool.submit(s.update, language) for language in FILES for s in (one, two)]
                assert all(a.result()["code"] == 0 for a in answers), [a.result() for a in answers]
            for language in FILES:
                assert one.version(language) == two.version(language) == "5.0.0"
                assert not os.path.exists(first[language])
        for language in FILES:
            assert one.version(language) == "5.0.0"


# What is killed

def leftovers(place, language="python3"):
    """Of an install, but for the cache."""
    d = os.path.join(place.packages, language)
    return [n for n in os.listdir(d) if n not in ("installed", "lock", "locks", "work")] + \
           [n for n in os.listdir(os.path.join(d, "installed")) if not re.fullmatch(r"g\d{6}|current|node_modules", n)] + \
           [n for n in os.listdir(os.path.join(d, "work")) if n != "cache"]


def of_uid(uid):
    return [pid for pid, (_, other) in processes().items() if other == uid]


@LANGUAGES
def test_tool_is_killed(place, language):
    place.add(language, "1.0.0")
    place.want(language)
    web = place.index if language == "python3" else place.registry
    with place.server(expected_errors=FAILED) as s:
        s.updated(language)
        place.add(language, "2.0.0")
        kept, web.delay = place.in_use(language), 2
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(s.refused, language)
            for pid in s.wait_tool():
                os.kill(pid, signal.SIGKILL)
            assert re.search("killed by signal 9", answer.result()), answer.result()
        web.delay = 0
        assert s.version(language) == "1.0.0" and place.in_use(language) == kept and not leftovers(place, language)
        s.updated(language)
        assert s.version(language) == "2.0.0" and not leftovers(place, language)


def test_server_is_killed(place):
    """With kill -9, half way: nothing of it goes on; the next one has the packages, and clears away."""
    place.add("python3", "1.0")
    place.want("python3")
    with place.server(expected_errors=".") as s:
        s.updated()
        place.add("python3", "2.0")
        place.index.delay = 2
        with s.connect() as c:
            c.send(post(DEPENDENCIES + "/update", {"language": "python3"}))
            s.wait_tool()
            uid, deps = s.installer_uid(), s.installer()
            os.kill(s.pid, signal.SIGKILL)
            s.process.wait()
        assert until(lambda: not of_uid(uid) and deps not in processes(), 10), of_uid(uid)
    place.index.delay = 0
    with place.server() as s:
        assert s.listed()["colour"] == "1.0" == s.version()
        s.updated()
        assert s.version() == "2.0" and not leftovers(place)


def test_installing_process_is_killed(place):
    """Who waits gets an answer, the log has it, runs go on with the packages there are; the next start is as ever."""
    place.add("python3", "1.0")
    place.want("python3")
    with place.server({"templates": "true"}, expected_errors="the process that installs them ended") as s:
        s.updated()
        place.add("python3", "2.0")
        place.index.delay = 2
        uid = s.installer_uid()
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(s.refused)
            s.wait_tool()
            os.kill(s.installer(), signal.SIGKILL)
            assert "is gone" in answer.result()
        place.index.delay = 0
        s.wait_log("the process that installs them ended with status 9")
        assert until(lambda: not of_uid(uid), 10), of_uid(uid)
        assert s.version() == "1.0" and s.listed()["colour"] == "1.0"
        assert "nothing can be installed" in s.refused()
        assert s.version() == "1.0"
    with place.server() as s:
        s.updated()
        assert s.version() == "2.0" and not leftovers(place)


@LANGUAGES
def test_sigterm(place, language):
    """During an install: the server ends soon, who waits gets an answer, nothing is left."""
    place.add(language, "1.0.0")
    place.want(language)
    web = place.index if language == "python3" else place.registry
    web.delay = 5
    with place.server(expected_errors=FAILED) as s:
        with s.connect() as c:
            c.send(post(DEPENDENCIES + "/update", {"language": language}))
            s.wait_tool()
            uid, below = s.installer_uid(), s.descendants()
            s.process.send_signal(signal.SIGTERM)
            answer = c.response()
            assert answer.status in (200, 503) and answer.json()["code"] in (-500, -503), answer.body
            assert s.process.wait(10) == 0, s.tail()
        assert until(lambda: not of_uid(uid) and not set(below) & set(processes()), 3)
        assert place.in_use(language) is None


# Who does not mean well

def assert_sane(place, language):
    """What was installed is root's, nobody else can write it; and it is files, directories and links, nothing else."""
    top = place.in_use(language)
    for where, dirs, names in os.walk(top):
        for name in dirs + names:
            st = os.lstat(os.path.join(where, name))
            assert st.st_uid == st.st_gid == 0, (where, name, st)
            assert stat.S_ISLNK(st.st_mode) or stat.S_ISDIR(st.st_mode) or stat.S_ISREG(st.st_mode), (where, name, st)
            assert stat.S_ISLNK(st.st_mode) or st.st_mode & 0o7022 == 0, (where, name, oct(st.st_mode))
    assert not leftovers(place, language)


def found_outside(place, name):
    """Files with this name that are not in what runs use."""
    found = []
    for top in (place.top, "/tmp", *ROOTFS.values(), *(os.path.join(root, "tmp") for root in ROOTFS.values())):
        found += glob.glob(os.path.join(top, name)) + glob.glob(os.path.join(top, "*", name))
    return found


def entry(name, kind=tarfile.REGTYPE, mode=0o644, link="", device=(0, 0)):
    e = tarfile.TarInfo(name)
    e.type, e.mode, e.linkname = kind, mode, link
    e.devmajor, e.devminor = device
    return e


def test_hostile_wheels(place):
    """Paths that lead out, modes, what stands for a link: refused, or harmless."""
    def wheel(name, files, mode=None):
        path = make_wheel(place.files, name, "1.0", {f"{name}.py": "version = '1.0'", **files})
        if mode is not None:            # of all members
            with zipfile.ZipFile(path) as old:
                members = [(info, old.read(info)) for info in old.infolist()]
            with zipfile.ZipFile(path, "w") as new:
                for info, content in members:
                    info.create_system, info.external_attr = 3, mode << 16
                    new.writestr(info, content)

    wheel("climber", {"../../../../../escaped-1": "x"})
    wheel("absolute", {"/tmp/escaped-1": "x"})
    wheel("data", {"data-1.0.data/data/../../../../../escaped-1": "x"})
    wheel("current", {"../../../../../current": "g999999"})
    wheel("rootly", {"rootly/tool": "#!/bin/sh\n"}, mode=stat.S_IFREG | 0o6777)
    wheel("linked", {"linked/link": "/etc/passwd"}, mode=stat.S_IFLNK | 0o777)
    with place.server(expected_errors=FAILED) as s:
        for name in ("climber", "absolute", "data", "current"):
            place.python(name)
            answer = s.update()
            assert answer["code"] in (0, -500)
            assert answer["code"] == 0 or name in answer["message"], answer
            assert not found_outside(place, "escaped-1"), name
            if answer["code"] == 0:
                assert_sane(place, "python3")
        for name in ("rootly", "linked"):
            place.python(name)
            s.updated()
            assert_sane(place, "python3")
            if name == "rootly":
                assert s.version(name="rootly") == "1.0"


def test_hostile_tarballs(place):
    manifest = json.dumps({"name": "bad", "version": "1.0.0"})
    target = os.path.join(place.top, "escaped-2")
    write_tar(os.path.join(place.files, "bad-1.0.0.tgz"), {
        "package/package.json": manifest, "package/index.js": "module.exports = 'in'",
        "package/../../../../../escaped-2": "x", target: "x", "/tmp/escaped-2": "x", "../../../escaped-2": "x",
        entry("package/link", tarfile.SYMTYPE, link="../../../../../.."): "", entry("package/link/escaped-2"): "x",
        entry("package/hard", tarfile.LNKTYPE, link="/etc/passwd"): "",
        entry("package/pipe", tarfile.FIFOTYPE): "", entry("package/disk", tarfile.BLKTYPE, 0o666, device=(8, 0)): "",
        entry("package/null", tarfile.CHRTYPE, 0o666, device=(1, 3)): "",
        entry("package/root.js", mode=0o6777): "1", entry("package/open", tarfile.DIRTYPE, 0o777): "",
    })
    place.node(bad="*")
    with place.server() as s:
        s.updated("nodejs")
        assert s.version("nodejs", "bad") == "in"
        assert_sane(place, "nodejs")
        assert not found_outside(place, "escaped-2")
        there = {name for _, _, names in os.walk(place.in_use("nodejs")) for name in names}
        assert "index.js" in there and not there & {"pipe", "disk", "null", "hard"}, there


# What a setup may try, with what it takes as T: name -> what came of it. Outside the same text must succeed.
ATTEMPTS = r"""
import os, socket, signal, subprocess, sys
def attempts(T):
    def write(path):
        with open(path, "w") as f: f.write("x")
        return "done"
    def read(path):
        with open(path) as f: f.read(1)
        return "done"
    def connect(port):
        with socket.create_connection(("127.0.0.1", port), 5): return "done"
    def current():
        os.symlink("g999999", T["packages"] + "/installed/.evil")
        os.rename(T["packages"] + "/installed/.evil", T["packages"] + "/installed/current")
        return "done"
    what = {
        "write outside": lambda: write(T["outside"]), "read a secret": lambda: read(T["secret"]),
        "read the configuration": lambda: read(T["config"]), "read what was wanted": lambda: read(T["wants"]),
        "write a generation": lambda: write(T["packages"] + "/installed/g000001/evil"),
        "change current": current,
        "kill": lambda: os.kill(T["victim"], 9) or "done", "kill the server": lambda: os.kill(T["server"], 0) or "done",
        "be root": lambda: (os.setuid(0), "done")[1], "connect to the server": lambda: connect(T["port"]),
        "call home": lambda: connect(T["home"]), "a shell": lambda: subprocess.run(["/bin/sh", "-c", ":"]) and "done",
        "signal init": lambda: os.kill(1, 0) or "done", "mount": lambda: os.chroot("/") or "done",
    }
    said = {}
    for name, act in what.items():
        try: said[name] = act()
        except Exception as e: said[name] = type(e).__name__
    return said
"""


def hostile_setup(name, before, module="said = None"):
    """A setup.py that does that, and installs a module that says what came of it."""
    return (f"import os, sys\n{before}\nreport = globals().get('report', lambda: {module!r})\n"
            f"with open('{name}.py', 'w') as f: f.write(report())\n"
            f"from setuptools import setup\nsetup(name='{name}', version='1.0', py_modules=['{name}'])\n")


@pytest.fixture
def victim():
    process = subprocess.Popen(["sleep", "600"])
    yield process.pid
    process.kill()
    process.wait()


@pytest.mark.parametrize("offline", [False, True])
def test_hostile_setup(place, victim, offline):
    """With pip_sdists a setup runs, and gets nowhere; when offline it cannot even call home."""
    secret, config = os.path.join(place.top, "secret"), os.path.join(place.top, "config.yaml")
    write(secret, "x")
    write(config, "app:\n  debug: false\n")
    os.chmod(secret, 0o600)
    place.add("python3", "1.0", place.local("python3"))
    place.want("python3")
    with contextlib.ExitStack() as stack:
        home = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=16))
        settings = {"pip_sdists": "true", "offline": str(offline).lower()}
        s = stack.enter_context(place.server(settings, args=["--config", config]))
        s.updated()
        kept = place.in_use("python3")
        targets = {"outside": os.path.join(place.top, "evil"), "secret": secret, "config": config,
                   "packages": "/packages", "victim": victim, "server": s.pid, "port": s.port,
                   "home": home.getsockname()[1], "wants": "/packages/locks/g000001"}
        report = f"{ATTEMPTS}\ndef report(): return 'said = ' + repr(attempts({targets!r})) + '\\nversion = 1'"
        daemon = ("if os.fork() == 0:\n os.setsid()\n if os.fork() == 0:\n"
                  "  os.closerange(0, 99); import time; time.sleep(600)\n os._exit(0)")
        make_sdist(place.local("python3"), "evil", "1.0", hostile_setup("evil", f"{report}\n{daemon}"))
        place.python("colour", "evil")
        s.updated()
        said = eval(s.says("import evil; print(evil.said)"))  # pylint: disable=eval-used
        assert [name for name, what in said.items() if what == "done"] == ([] if offline else ["call home"]), said
        assert not of_uid(s.installer_uid()), "the daemon lives"
        assert not os.path.exists(os.path.join(kept, "evil")) and os.path.isdir(kept)
        assert_sane(place, "python3")
        assert s.version() == "1.0" and victim in processes()
        # The same outside, as root: it succeeds.
        targets.update(packages=os.path.join(place.packages, "python3"), wants=os.path.join(place.packages, "python3", "locks", "g000001"))
        code = f"{ATTEMPTS}\nprint(repr(attempts({targets!r})))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        assert set(eval(done).values()) == {"done"}, done  # pylint: disable=eval-used


def test_greedy_setup(place):
    """Processes, memory, time and disk have limits, and their end has a reason; the server answers all the while."""
    place.add("python3", "1.0", place.local("python3"))
    place.want("python3")
    settings = {"pip_sdists": "true", "offline": "true",
                "install_timeout": "8s", "max_packages_mb": 20, "install_memory_mb": 256}
    with place.server(settings, expected_errors=FAILED) as s:
        s.updated()

        def attempt(name, before):
            make_sdist(place.local("python3"), name, "1.0", hostile_setup(name, before, "version = '1.0'"))
            place.python("colour", name)
            answer = s.update()
            assert s.version() == "1.0" and not of_uid(s.installer_uid()) and not leftovers(place)
            return answer

        bomb = ("n = 0\ntry:\n while n < 5000:\n  if os.fork() == 0:\n   import time; time.sleep(600)\n  n += 1\n"
                "except OSError: pass\nassert n < 5000")
        answer = attempt("forker", bomb)
        assert answer["code"] == -500 or s.version(name="forker") == "1.0"
        said = attempt("eater", "a = [bytearray(1 << 24) for i in range(64)]")["message"]
        assert "eater" in said and "MemoryError" in said, said
        said = attempt("filler", "f = open('big', 'wb')\nwhile True: f.write(bytes(1 << 20)); f.flush()")["message"]
        assert "max_packages_mb" in said or "File too large" in said, said
        many = "for i in range(40): open(f'b{i}', 'wb').write(bytes(1 << 20))\nimport time; time.sleep(60)"
        said = attempt("many", many)["message"]
        assert "max_packages_mb" in said, said
        with ThreadPoolExecutor(1) as pool:
            late = pool.submit(attempt, "sleeper", "import time\ntime.sleep(600)")
            assert s.says("print(1)") == "1\n"
            said = late.result()["message"]
        assert "install_timeout" in said, said


def test_setup_does_not_run(place):
    """Unless it may: then a source archive is no package, and a wheel beside it is."""
    make_sdist(place.files, "colour", "2.0", "raise SystemExit('it ran')")
    make_sdist(place.files, "lonely", "1.0", "raise SystemExit('it ran')")
    place.add("python3", "1.0")
    place.python("colour")
    with place.server(expected_errors=FAILED) as s:
        s.updated()
        assert s.version() == "1.0"
        place.python("lonely")
        said = s.refused()
        assert "lonely" in said and "it ran" not in said, said
    with place.server({"pip_sdists": "true"}, expected_errors=FAILED) as s:
        assert "it ran" in s.refused()  # it would have


def test_npm_scripts(place, trees):
    """They do not run unless they may; then, in a root filesystem with a shell, they get as far as a setup does."""
    npm_pack(place.files, "evil", "1.0.0", {
        "index.js": "try { module.exports = require('./said.json') } catch { module.exports = 'nothing' }",
        "evil.js": """
const fs = require('fs'), net = require('net'), said = {};
const attempt = (name, f) => { try { f(); said[name] = 'done' } catch (e) { said[name] = e.code } };
attempt('outside', () => fs.writeFileSync('%(top)s/evil', ''));
attempt('root', () => fs.writeFileSync('/usr/evil', ''));
attempt('generation', () => fs.writeFileSync('/packages/nodejs/installed/evil', ''));
attempt('secret', () => fs.readFileSync('%(top)s/dependencies/package.json'));
attempt('kill', () => process.kill(%(pid)d, 0));
attempt('own', () => fs.writeFileSync('own', ''));
const socket = net.connect(%(port)d, '127.0.0.1');
const end = (what) => { said.server = what; fs.writeFileSync('said.json', JSON.stringify(said)); process.exit() };
socket.on('connect', () => end('done')).on('error', (e) => end(e.code));
""" % {"top": place.top, "pid": os.getpid(), "port": 9}}, scripts={"postinstall": "node evil.js"})
    place.node(evil="*")
    with place.server(roots(trees)) as s:
        s.updated("nodejs")
        assert s.version("nodejs", "evil") == "nothing"
    shutil.copy(os.path.realpath("/bin/sh"), f"{trees['nodejs']}/usr/bin/sh")
    with place.server(roots(trees, npm_scripts="true"), expected_errors=FAILED) as s:
        s.updated("nodejs")
        said = json.loads(s.says("console.log(JSON.stringify(require('evil')))", "nodejs"))
        assert said.pop("own") == "done", said
        assert "done" not in said.values() and len(said) == 6, said
        assert not os.path.exists(os.path.join(place.top, "evil"))


def test_npm_scripts_without_a_shell(place):
    """As the root filesystem is made: what has a script is installed without running it."""
    npm_pack(place.files, "scripted", "1.0.0", {
        "index.js": "module.exports = require('fs').existsSync(__dirname + '/ran')",
        "it.js": "require('fs').writeFileSync('ran', '')",
    }, scripts={"postinstall": "node it.js"})
    place.node(scripted="*")
    with place.server({"npm_scripts": "true"}) as s:
        s.updated("nodejs")
        assert s.version("nodejs", "scripted") == "false"
        s.wait_log("scripts are not run", 2)
