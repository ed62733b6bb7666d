"""
The command line: run, check, version, help, and what is refused. (health and curl: test_client.py)
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest

from serving import BINARY, Server, environment, processes, until


@pytest.fixture
def sandbox(tmp_path):
    def run(*args, stdin="", env=None, text=True, **more):
        return subprocess.run(
            [BINARY, *args], input=stdin, capture_output=True, timeout=30, cwd=tmp_path, env=environment(**(env or {})), text=text, **more
        )

    return run


def ended(got, code=0, out="", err=""):
    assert (got.returncode, got.stdout, got.stderr) == (code, out, err)


# run


@pytest.mark.parametrize(
    "name, code", [("a.py", "print(1 + 1)"), ("a.js", "console.log(1 + 1)"), ("a.mjs", "console.log(1 + 1)"), ("a.cjs", "console.log(1 + 1)")]
)
def test_run_a_file(sandbox, tmp_path, name, code):
    (tmp_path / name).write_text(code)
    ended(sandbox("run", name), out="2\n")


@pytest.mark.parametrize("language, code", [("python3", "print(1 + 1)"), ("nodejs", "console.log(1 + 1)")])
def test_run_stdin(sandbox, language, code):
    ended(sandbox("run", "--language", language, "-", stdin=code), out="2\n")


def test_run_takes_stdin_for_python(sandbox):
    ended(sandbox("run", "-", stdin="print(1 + 1)"), out="2\n")


def test_run_of_a_named_language_whatever_the_file_is_called(sandbox, tmp_path):
    (tmp_path / "a.txt").write_text("print(1)")
    ended(sandbox("run", "--language", "python3", "a.txt"), out="1\n")


def test_run_separates_the_streams(sandbox):
    got = sandbox("run", "--language", "python3", "-", stdin="import sys; print('out'); print('err', file=sys.stderr)")
    ended(got, out="out\n", err="err\n")


def test_run_passes_bytes(sandbox):
    got = sandbox("run", "--language", "python3", "-", stdin=b"import os; os.write(1, bytes(range(256)))", text=False)
    ended(got, out=bytes(range(256)), err=b"")


@pytest.mark.parametrize("code", [1, 3, 124, 255])
def test_run_exit_status(sandbox, code):
    assert sandbox("run", "--language", "python3", "-", stdin=f"import os; os._exit({code})").returncode == code


@pytest.mark.parametrize("signo", [6, 9, 15])
def test_run_signal(sandbox, signo):
    assert sandbox("run", "--language", "python3", "-", stdin=f"import os; os.kill(os.getpid(), {signo})").returncode == 128 + signo


def test_run_traceback(sandbox):
    got = sandbox("run", "--language", "python3", "-", stdin="\n1 / 0")
    assert got.returncode == 1
    assert re.findall(r'File "([^"]*)", line (\d+)', got.stderr) == [("<code>", "2")]


def test_run_timeout(sandbox):
    start = time.monotonic()
    got = sandbox("run", "--timeout", "1", "--language", "python3", "-", stdin="import time; time.sleep(60)")
    assert got.returncode == 124 and "error: timeout" in got.stderr.splitlines()
    assert time.monotonic() - start < 3


def test_run_timeout_of_the_configuration(sandbox):
    got = sandbox("run", "--language", "python3", "-", stdin="import time; time.sleep(60)", env={"WORKER_TIMEOUT": 1})
    assert got.returncode == 124 and "error: timeout" in got.stderr


def test_run_output_comes_at_once(tmp_path):
    """Not only when it has ended."""
    with subprocess.Popen(
        [BINARY, "run", "--language", "python3", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), cwd=tmp_path
    ) as p:
        p.stdin.write(b"import time; print('first', flush=True); time.sleep(3)")
        p.stdin.close()
        start = time.monotonic()
        assert p.stdout.readline() == b"first\n"
        assert time.monotonic() - start < 2
        p.send_signal(signal.SIGTERM)
        assert p.wait(3) != 0


def test_run_refused_call_is_named(sandbox):
    got = sandbox("run", "--language", "python3", "-", stdin="import os; os.fork()")
    assert got.returncode == 1 and re.search(r"^error: operation not permitted: (fork|clone)", got.stderr, re.M)


NET = "import socket\ntry: socket.create_connection(('127.0.0.1', 9), 1)\nexcept ConnectionRefusedError: print('refused')"


def test_run_without_network(sandbox):
    got = sandbox("run", "--language", "python3", "-", stdin=NET)
    assert got.returncode == 1 and "error: operation not permitted: socket" in got.stderr


def test_run_with_network(sandbox):
    ended(sandbox("run", "--network", "--language", "python3", "-", stdin=NET), out="refused\n")


def test_run_limit_is_named(sandbox):
    got = sandbox("run", "--language", "python3", "-", stdin="x = bytearray(1 << 30)", env={"SANDBOX_MAX_MEMORY_MB": 128})
    assert got.returncode == 1 and "error: memory limit exceeded" in got.stderr


def test_run_with_a_setting(sandbox):
    got = sandbox("run", "--set", "max_files=32", "--language", "python3", "-", stdin="import resource; print(resource.getrlimit(7))")
    ended(got, out="(32, 32)\n")


def test_run_with_a_configuration(sandbox, tmp_path):
    (tmp_path / "c.yaml").write_text("max_files: 32\n")
    got = sandbox("run", "--config", "c.yaml", "--language", "python3", "-", stdin="import resource; print(resource.getrlimit(7))")
    ended(got, out="(32, 32)\n")


def test_run_with_network_that_is_disabled(sandbox):
    got = sandbox("run", "--network", "-", stdin="print('ran')", env={"ENABLE_NETWORK": "false"})
    assert (got.returncode, got.stdout) == (125, "") and "network is disabled" in got.stderr


def test_run_stdin_of_the_program_is_empty(sandbox):
    ended(sandbox("run", "--language", "python3", "-", stdin="import sys; print(repr(sys.stdin.read()))"), out="''\n")


def test_run_beside_a_server():
    with Server({"max_workers": 1}) as s:
        got = subprocess.run(
            [BINARY, "run", "--language", "python3", "-"], input="import os; print(os.getuid())", capture_output=True, text=True,
            env=environment(), cwd=s.dir.name,
        )
        assert got.returncode == 0 and got.stdout != s.says("import os; print(os.getuid())")


def test_run_killed_leaves_nothing(tmp_path):
    with subprocess.Popen(
        [BINARY, "run", "--language", "python3", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), cwd=tmp_path
    ) as p:
        p.stdin.write(b"import os, time; print(os.getuid(), flush=True); time.sleep(60)")
        p.stdin.close()
        uid = int(p.stdout.readline())
        p.kill()
        p.wait()
    assert until(lambda: uid not in {u for _, u in processes().values()}, 2)


def test_run_empty_program(sandbox):
    """As over HTTP, where code must not be empty."""
    got = sandbox("run", "--language", "python3", "-", stdin="")
    assert (got.returncode, got.stdout) == (125, "") and "empty" in got.stderr


FAILS = {
    "no file": (["run"], "FILE"),
    "language unknown": (["run", "--language", "cobol", "-"], "cobol|unsupported language"),
    "language not to be guessed": (["run", "a.txt"], "language"),
    "timeout with a fraction": (["run", "--timeout", "0.5", "a.py"], "timeout"),
    "timeout not a number": (["run", "--timeout", "soon", "a.py"], "timeout"),
    "timeout negative": (["run", "--timeout", "-1", "a.py"], "timeout"),
    "timeout zero": (["run", "--timeout", "0", "a.py"], "timeout"),
    "timeout missing": (["run", "--timeout"], "timeout"),
    "unknown option": (["run", "--no-such", "a.py"], "no-such"),
    "two files": (["run", "a.py", "a.py"], "a.py|usage"),
}


@pytest.mark.parametrize("name", FAILS)
def test_run_that_cannot_start(sandbox, tmp_path, name):
    (tmp_path / "a.py").write_text("print('ran')")
    (tmp_path / "a.txt").write_text("print('ran')")
    args, words = FAILS[name]
    got = sandbox(*args)
    assert (got.returncode, got.stdout) == (2, "") and re.search(words, got.stderr), got


@pytest.mark.parametrize("args, words", [(["no.py"], "no.py: No such file or directory"), (["--language", "python3", "."], "directory")])
def test_run_of_a_file_that_cannot_be_read(sandbox, args, words):
    got = sandbox("run", *args)
    assert (got.returncode, got.stdout) == (125, "") and re.search(words, got.stderr), got


def test_run_with_a_bad_configuration(sandbox):
    got = sandbox("run", "-", stdin="print('ran')", env={"MAX_WORKERS": "0"})
    assert (got.returncode, got.stdout) == (125, "") and "MAX_WORKERS" in got.stderr


def test_run_without_a_root_filesystem(sandbox):
    got = sandbox("run", "--language", "python3", "-", stdin="1", env={"SANDBOX_PYTHON_ROOTFS": "/no", "SANDBOX_NODEJS_ROOTFS": "/no"})
    assert (got.returncode, got.stdout) == (125, "") and "/no: No such file or directory" in got.stderr


def test_run_of_a_language_without_a_root_filesystem(sandbox):
    got = sandbox("run", "--language", "nodejs", "-", stdin="1", env={"SANDBOX_NODEJS_ROOTFS": "/no"})
    assert (got.returncode, got.stdout) == (125, "") and "/no: No such file or directory" in got.stderr


# trace


def test_trace_lists_what_was_refused_and_lets_it_through(sandbox):
    code = "import os, socket\nsocket.socketpair(type=socket.SOCK_DGRAM)\nprint('said')\nif os.fork() == 0: os._exit(3)\nprint(os.wait()[1] >> 8)"
    got = sandbox("trace", "--language", "python3", "-", stdin=code)
    assert got.returncode == 0 and got.stderr == "said\n3\n", got
    lines = got.stdout.splitlines()
    assert re.fullmatch(r"# +\d+ socketpair\(AF_UNIX, SOCK_DGRAM\), 1 time", lines[0])
    assert re.fullmatch(r"# +\d+ (fork|clone\([A-Z_|]*SIGCHLD\)), 1 time", lines[1])
    assert re.fullmatch(r"allowed_syscalls: socketpair,(fork|clone)", lines[2]) and len(lines) == 3


def test_trace_prints_what_allowed_syscalls_takes(sandbox):
    """The program is refused, traced, and runs with what the trace said."""
    code = "import os\nif os.fork() == 0: os._exit(3)\nprint(os.wait()[1] >> 8)"
    assert sandbox("run", "-", stdin=code).returncode == 1
    option, _, calls = sandbox("trace", "-", stdin=code).stdout.splitlines()[-1].partition(": ")
    ended(sandbox("run", "-", "--set", f"{option}={calls}", stdin=code), out="3\n")


def test_trace_of_a_program_that_needs_nothing_more(sandbox):
    ended(sandbox("trace", "-", stdin="print(1)"), out="# nothing beyond the list\n", err="1\n")


def test_trace_keeps_the_other_layers(sandbox):
    got = sandbox("trace", "-", stdin="import os\nfor do in (lambda: os.chroot('/'), lambda: open('/etc/x', 'w'), lambda: os.setuid(0)):\n try: do(); print('did')\n except OSError as e: print(e.errno)")
    assert got.stderr.split() == ["1", "30", "1"] or got.stderr.split() == ["1", "13", "1"], got


def test_trace_counts_and_passes_the_status_on(sandbox):
    got = sandbox("trace", "--language", "nodejs", "-", stdin="for (let i = 0; i < 3; i++) try { process.setgroups([]) } catch {}\nprocess.exit(7)")
    assert got.returncode == 7 and re.search(r"^# +\d+ setgroups, ([3-9]|\d\d+) times$", got.stdout, re.M), got


def test_trace_needs_the_listener(sandbox):
    got = sandbox("trace", "-", "--set", "layers=-listener", stdin="print(1)")
    assert got.returncode == 125 and "needs the listener" in got.stderr and got.stdout == ""


# check


def test_check(sandbox):
    got = sandbox("check")
    assert got.returncode == 0, got
    for word in ("python3", "nodejs", "seccomp", "chroot", "landlock"):
        assert word in got.stdout, got


def test_check_says_which_layer_is_off(sandbox):
    got = sandbox("check", "--set", "layers=-landlock")
    assert got.returncode == 0 and "landlock off" in got.stdout


def test_check_of_one_language(sandbox):
    got = sandbox("check", env={"SANDBOX_NODEJS_ROOTFS": "/no"})
    assert got.returncode == 0 and "/no: No such file or directory" in got.stdout + got.stderr


def test_check_without_a_root_filesystem(sandbox):
    got = sandbox("check", env={"SANDBOX_PYTHON_ROOTFS": "/no", "SANDBOX_NODEJS_ROOTFS": "/no"})
    assert got.returncode == 1 and "/no: No such file or directory" in got.stdout + got.stderr


def test_check_of_an_interpreter_that_does_not_run(sandbox, tmp_path):
    """The file is there and cannot be executed as a program."""
    tree = tmp_path / "root" / "usr" / "bin"
    tree.mkdir(parents=True)
    (tree / "python3").write_text("not a program")
    (tree / "python3").chmod(0o755)
    got = sandbox("check", env={"SANDBOX_PYTHON_ROOTFS": tmp_path / "root"})
    assert got.returncode == 1 and "python3" in got.stdout + got.stderr


def test_check_of_a_bad_configuration(sandbox):
    got = sandbox("check", env={"MAX_WORKERS": "0"})
    assert got.returncode == 1 and "MAX_WORKERS" in got.stderr


# health


def test_health(sandbox):
    with Server({"max_workers": 1}) as s:
        assert sandbox("health", env={"SANDBOX_PORT": s.port}).returncode == 0
        assert sandbox("health", f"http://127.0.0.1:{s.port}/health").returncode == 0
        assert sandbox("health", f"http://127.0.0.1:{s.port}/nothing").returncode == 1


def test_health_without_a_server(sandbox):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    got = sandbox("health", env={"SANDBOX_PORT": port})
    assert got.returncode == 1 and str(port) in got.stderr


# version, help, mistakes


def test_version(sandbox):
    got = sandbox("--version")
    assert got.returncode == 0 and got.stderr == "" and re.fullmatch(r"(sandbox )?[\w.+-]+\n", got.stdout)


def test_help(sandbox):
    got = sandbox("--help")
    assert got.returncode == 0 and got.stderr == ""
    for word in ("serve", "run", "check", "health", "--config", "--set", "app.port", "SANDBOX_PORT", "8194", "max_workers", "max_output_mb"):
        assert word in got.stdout
    assert max(map(len, got.stdout.splitlines())) <= 120


def test_help_as_markdown(sandbox):
    got = sandbox("--help=markdown")
    assert got.returncode == 0 and got.stderr == ""
    rows = got.stdout.splitlines()
    assert rows[0].startswith("| key | environment | default |") and rows[1].startswith("|---")
    assert all(row.startswith("| `") and row.endswith(" |") for row in rows[2:]) and len(rows) > 20


def test_help_and_version_need_no_root_filesystem(sandbox):
    env = {"SANDBOX_PYTHON_ROOTFS": "/no", "SANDBOX_NODEJS_ROOTFS": "/no", "MAX_WORKERS": "many"}
    assert sandbox("--help", env=env).returncode == 0
    assert sandbox("--version", env=env).returncode == 0


MISTAKES = {
    "unknown command": (["frobnicate"], "frobnicate"),
    "unknown option": (["--frobnicate"], "frobnicate"),
    "unknown option of serve": (["serve", "--frobnicate"], "frobnicate"),
    "too many words": (["serve", "more"], "more"),
    "config without a file": (["--config"], "config"),
    "set without a value": (["--set"], "set"),
    "set without =": (["--set", "max_workers"], "max_workers: expected key=value"),
    "help in another form": (["--help=html"], "html"),
    "check with a word": (["check", "more"], "more"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(sandbox, name):
    args, words = MISTAKES[name]
    got = sandbox(*args)
    assert got.returncode == (1 if "key=value" in words else 2) and got.stdout == ""
    assert re.search(words, got.stderr.splitlines()[-1]), got


NOT_ROOT = {
    "user namespace": ("", r"layer user +on (.*\n)*layer server +on (.*\n)*python3 +works: (.*\n)*nodejs +works: ", 0),
    "none": ("-user", "without the right to chroot the interpreters must be at /", 1),
}


@pytest.mark.parametrize("name", NOT_ROOT)
def test_not_root(name):
    """A user namespace stands in for root; without one a clear word, no crash."""
    layers, words, status = NOT_ROOT[name]
    with tempfile.TemporaryDirectory() as place:
        copy = shutil.copy(BINARY, place)
        os.chmod(place, 0o755)
        got = subprocess.run([copy, "check"], capture_output=True, text=True, env=environment(SANDBOX_LAYERS=layers), cwd=place,
                             user=64998, group=64998, extra_groups=[])
    assert got.returncode == status and re.search(words, got.stdout + got.stderr), got
