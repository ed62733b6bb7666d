"""
Run a program as the installer's jail runs it: `driver_jail.py JSON`, as root.

A root filesystem of its own with /packages/work in it, no other place to write; an unprivileged uid; no network with
"net": false; no fork and no exec with "scripts": false. JSON: root, work, stage (an empty directory), params (a file,
for descriptor 3), argv, env, net, scripts, over ({path: text} in the place of what the root has, null for nothing).
"""
import ctypes
import json
import os
import platform
import resource
import stat
import struct
import sys

UID = 64998
CLONE_NEWNS, CLONE_NEWNET, CLONE_THREAD = 0x20000, 0x40000000, 0x10000
MS_RDONLY, MS_BIND, MS_REC, MS_PRIVATE = 1, 4096, 16384, 1 << 18
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 38, 22
NUMBERS = {  # clone, execve, execveat, clone3, fork, vfork
    "x86_64": (56, 59, 322, 435, 57, 58),
    "aarch64": (220, 221, 281, 435, None, None),
}

libc = ctypes.CDLL(None, use_errno=True)


def check(result):
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def mount(source, target, kind=None, flags=0, data=None):
    check(libc.mount(*(None if s is None else s.encode() for s in (source, target, kind)), ctypes.c_ulong(flags),
                     None if data is None else data.encode()))


def filter_for(argv0):
    """No process, and no program but the one whose name is at this address. BPF, with labels for the distances."""
    clone, execve, execveat, clone3, fork, vfork = NUMBERS[platform.machine()]
    load, jump, jset, ret = 0x20, 0x15, 0x45, 0x06
    allow, eperm, enosys = 0x7FFF0000, 0x00050001, 0x00050026
    text = [
        ("", load, 0),
        ("clone", jump, clone), ("exec", jump, execve), ("no", jump, execveat), ("never", jump, clone3),
        *([("no", jump, fork), ("no", jump, vfork)] if fork else []),
        ("", ret, allow),
        ("clone:", load, 16), ("yes", jset, CLONE_THREAD), ("", ret, eperm),
        ("exec:", load, 16), ("same", jump, argv0 & 0xFFFFFFFF), ("", ret, eperm),
        ("same:", load, 20), ("yes", jump, argv0 >> 32), ("no:", ret, eperm),
        ("never:", ret, enosys), ("yes:", ret, allow),
    ]
    at = {label[:-1]: i for i, (label, _, _) in enumerate(text) if label.endswith(":")}
    return b"".join(struct.pack("=HBBI", code, at[label] - i - 1 if code in (jump, jset) else 0, 0, value)
                    for i, (label, code, value) in enumerate(text)), len(text)


def put(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if text is None:
        os.mknod(path, stat.S_IFCHR)    # an overlay's word for a file that is not there
        return
    with open(path, "w") as f:
        f.write(text)


def enter(root, work, stage, params, argv, env, net=True, scripts=False, over=None):
    check(libc.unshare(CLONE_NEWNS | (0 if net else CLONE_NEWNET)))
    mount("none", "/", flags=MS_REC | MS_PRIVATE)
    mount("stage", stage, "tmpfs")      # goes with this process
    for name in ("tree", "skeleton/packages/work"):
        os.makedirs(os.path.join(stage, name))
    for name, text in (over or {}).items():
        put(os.path.join(stage, "skeleton", name), text)
    given = os.open(params, os.O_RDONLY)
    hold = os.open(work, os.O_PATH)
    mount("root", f"{stage}/tree", "overlay", MS_RDONLY, f"lowerdir={stage}/skeleton:{root}")
    mount(f"/proc/self/fd/{hold}", f"{stage}/tree/packages/work", flags=MS_BIND)
    os.chroot(f"{stage}/tree")
    os.chdir("/packages/work")
    os.dup2(given, 3)
    os.set_inheritable(3, True)
    os.closerange(4, 256)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.setgroups([])
    os.setresgid(UID, UID, UID)
    os.setresuid(UID, UID, UID)
    check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    words = (ctypes.c_char_p * (len(argv) + 1))(*(a.encode() for a in argv), None)
    pairs = (ctypes.c_char_p * (len(env) + 1))(*(f"{k}={v}".encode() for k, v in env.items()), None)
    path = ctypes.create_string_buffer(argv[0].encode())
    if not scripts:
        program, count = filter_for(ctypes.addressof(path))
        rows = ctypes.create_string_buffer(program, len(program))
        head = ctypes.create_string_buffer(struct.pack("@HP", count, ctypes.addressof(rows)))
        check(libc.prctl(PR_SET_SECCOMP, 2, head, 0, 0))
    check(libc.execve(path, words, pairs))


if __name__ == "__main__":
    enter(**json.loads(sys.argv[1]))
