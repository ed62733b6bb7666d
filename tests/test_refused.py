"""
The text for a refused call, black box: name, deciding argument, number and hint, from both languages. The
rest of the names, one by one, is in test_filter.c.
"""
import re

import pytest

from serving import Server

CALL = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(x86_64, aarch64, *args):
    if libc.syscall(*map(ctypes.c_long, ({"x86_64": x86_64, "aarch64": aarch64}[os.uname().machine], *args))) != -1: exit(0)
"""
ADD, ARGUMENT, NETWORK = (
    "allowed_syscalls can add it", "allowed_syscalls can add it, with any argument", "the run did not ask for enable_network",
)


@pytest.fixture(scope="module")
def server():
    with Server({"max_workers": 2, "worker_timeout": 10, "enable_network": "true"}) as s:
        yield s


PYTHON = [
    ("import socket; socket.socket()", "socket(AF_INET, SOCK_STREAM)", NETWORK),
    ("import socket; socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)", "socket(AF_INET6, SOCK_DGRAM)", NETWORK),
    ("import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)", "socket(AF_INET, SOCK_RAW)", ARGUMENT),
    ("import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)", "socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP)", ARGUMENT),
    ("import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)", "socket(AF_PACKET)", ARGUMENT),
    ("import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9)", "socket(AF_NETLINK)", ARGUMENT),
    ("import socket; socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)", "socket(AF_VSOCK)", ARGUMENT),
    ("import socket; socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)", "socketpair(AF_UNIX, SOCK_DGRAM)", ARGUMENT),
    ("import os; os.fork()", "clone(SIGCHLD)", ARGUMENT),
    ("import os; os.execv('/bin/sh', ['sh'])", "execve", ADD),
    ("import os; os.kill(1, 9)", "kill(PID 1)", ARGUMENT),
    ("import os; os.kill(-1, 9)", "kill(PID -1)", ARGUMENT),
    ("import os; os.setpriority(os.PRIO_PROCESS, 1, 19)", "setpriority(PRIO_PROCESS, PID 1)", ARGUMENT),
    ("import os; os.getpriority(os.PRIO_USER, 0)", "getpriority(PRIO_USER)", ARGUMENT),
    ("import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))", "sched_setscheduler(SCHED_FIFO)", ARGUMENT),
    ("import os, stat; os.mknod('x', 0o600 | stat.S_IFBLK)", "mknodat(S_IFBLK)", ARGUMENT),
    ("import os; os.mknod('x')", "mknodat(S_IFREG)", ARGUMENT),
    ("import os; os.chroot('.')", "chroot", ADD),
    ("import resource; resource.prlimit(1, resource.RLIMIT_CORE)", "prlimit64(PID 1)", ARGUMENT),
    ("import fcntl; fcntl.ioctl(0, 0x5412, b'x')", "ioctl(TIOCSTI)", ARGUMENT),
    ("import fcntl; fcntl.ioctl(0, 0x5499, b'x')", "ioctl(0x5499)", ARGUMENT),
    ("import fcntl, os; fcntl.fcntl(os.open('.', 0), fcntl.F_NOTIFY, 4)", "fcntl(F_NOTIFY)", ARGUMENT),
    ("import fcntl; fcntl.fcntl(0, fcntl.F_SETLEASE, fcntl.F_UNLCK)", "fcntl(F_SETLEASE)", ARGUMENT),
    ("import fcntl; fcntl.fcntl(0, fcntl.F_SETOWN, 1)", "fcntl(F_SETOWN)", ARGUMENT),
    (CALL + "call(272, 97, 0x10000000); exit(1)", "unshare(CLONE_NEWUSER)", ADD),
    (CALL + "call(272, 97, 0x50020000); exit(1)", "unshare(CLONE_NEWNS|CLONE_NEWUSER|CLONE_NEWNET)", ADD),
    (CALL + "call(308, 268, 0, 0x40000000); exit(1)", "setns(CLONE_NEWNET)", ADD),
    (CALL + "call(56, 220, 0x10000011, 0, 0, 0, 0); exit(1)", "clone(CLONE_NEWUSER)", ARGUMENT),
    (CALL + "call(157, 167, 4, 1); exit(1)", "prctl(PR_SET_DUMPABLE)", ARGUMENT),
    (CALL + "call(157, 167, 999); exit(1)", "prctl(999)", ARGUMENT),
    (CALL + "call(135, 92, 0x40000); exit(1)", "personality(0x40000)", ARGUMENT),
    (CALL + "call(44, 206, 0, 0, 0, 0x20000000, 0, 0); exit(1)", "sendto(MSG_FASTOPEN)", ARGUMENT),
    (CALL + "call(46, 211, 0, 0, 0x20000000); exit(1)", "sendmsg(MSG_FASTOPEN)", ARGUMENT),
    (CALL + "call(307, 269, 0, 0, 0, 0x20000000); exit(1)", "sendmmsg(MSG_FASTOPEN)", ARGUMENT),
    (CALL + "call(4000, 4000); exit(1)", "syscall_4000", ADD),
    ("import socket; socket.socketpair()[0].setsockopt(1, 7, 1 << 22)", "setsockopt(SO_SNDBUF)", ARGUMENT),
]

NODE = [
    ("process.kill(1)", "kill(PID 1)", ARGUMENT),
    ("require('os').setPriority(1, 19)", "setpriority(PRIO_PROCESS, PID 1)", ARGUMENT),
    ("require('child_process').execFileSync('/bin/true')", r"v?fork|clone\([A-Z_|]*SIGCHLD\)", ".*"),
    ("require('net').connect(80, '127.0.0.1')", "socket(AF_INET, SOCK_STREAM)", NETWORK),
    ("require('dgram').createSocket('udp6').bind(0)", "socket(AF_INET6, SOCK_DGRAM)", NETWORK),
    ("process.setgroups([])", "setgroups", ADD),
    ("require('fs').watch('.')", "inotify_init1", ADD),
]

CASES = [("python3", *c) for c in PYTHON] + [("nodejs", *c) for c in NODE]


def lines(data):
    """name, number, hint of each refused call."""
    return re.findall(r"^error: operation not permitted: (\S.*) \(syscall (\d+); (.*)\)$", data["error"], re.M)


@pytest.mark.parametrize("language, code, name, hint", [pytest.param(*c, id=f"{c[0]} {c[2]}") for c in CASES])
def test_name(server, language, code, name, hint):
    data = (server.python if language == "python3" else server.node)(code)
    assert data["exit_code"] != 0, data
    said = lines(data)
    exact = name if "\\" in name else re.escape(name)
    assert any(re.fullmatch(exact, n) and re.fullmatch(hint, h) for n, _, h in said), data


@pytest.mark.parametrize("name, code", [("connect", "c.listen()"), ("raw", "socket.socket(2, 3, 1)")])
def test_with_network(server, name, code):
    data = server.python(f"import socket\nc = socket.socket()\n{code}", enable_network=True)
    assert [(n, h) for n, _, h in lines(data)] == [{"connect": ("listen", ADD), "raw": ("socket(AF_INET, SOCK_RAW)", ARGUMENT)}[name]]


def test_number_is_what_allowed_syscalls_takes(server):
    code = "import os; os.chroot('.')"
    [(_, number, _)] = lines(server.python(code))
    with Server({"max_workers": 1, "allowed_syscalls": number}) as s:
        assert not lines(s.python(code))


def test_a_name_allows_every_argument():
    with Server({"max_workers": 1, "allowed_syscalls": "fcntl"}) as s:
        assert s.says("import fcntl, os; print(fcntl.fcntl(os.open('.', 0), fcntl.F_NOTIFY, 4))") == "0\n"


def test_varied_arguments_do_not_hide_other_calls(server):
    code = "import os\nfor f in *(lambda p=p: os.kill(p, 9) for p in range(1, 40)), lambda: os.chroot('.'):\n" \
        " try: f()\n except OSError: pass\nexit(1)"
    names = [n for n, _, _ in lines(server.python(code))]
    assert names == ["kill(PID 1)", "kill(PID 2)", "kill(PID 3)", "chroot"]


def test_eight_at_most(server):
    code = CALL + "for n in range(3000, 3040): call(n, n)\nexit(1)"
    assert [n for n, _, _ in lines(server.python(code))] == [f"syscall_{n}" for n in range(3000, 3008)]


@pytest.mark.parametrize(
    "code",
    ["import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)", "import socket; socket.socket(socket.AF_UNIX)"],
    ids=["netlink", "nscd"],
)
def test_what_a_name_look_up_tries_is_not_named(server, code):
    data = server.python(code)
    assert data["exit_code"] == 1 and not lines(data)


def test_what_asyncio_tries_is_not_named(server):
    """From Python 3.14 on, at each start of a loop."""
    data = server.python("import os\ntry: os.pidfd_open(os.getpid())\nexcept OSError as e: print(e.errno)\nexit(1)")
    assert data["exit_code"] == 1 and data["stdout"] == "38\n" and not lines(data)


def test_descriptors_and_priorities_still_work(server):
    code = """
import fcntl, os
r, w = os.pipe()
for c in 1, 3, 9, 11, 1025, 1032: fcntl.fcntl(r, c)
fcntl.fcntl(r, fcntl.F_SETFL, os.O_NONBLOCK)
print(fcntl.fcntl(r, 1031, 4096), fcntl.fcntl(r, fcntl.F_DUPFD_CLOEXEC, 10) >= 10)
with open("f", "w") as f:
    fcntl.lockf(f, fcntl.LOCK_EX)
    fcntl.fcntl(f, 36, b"\\1\\0\\0\\0" + bytes(28))
    fcntl.fcntl(f, 1035, bytes(8))
print(os.nice(1) > 0, os.getpriority(0, 0) == os.getpriority(0, os.getpid()))
"""
    assert server.says(code) == "4096 True\nTrue True\n"
