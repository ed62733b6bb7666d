"""
Where the hostile programs' servers run: on this machine, or each in a container. matrix.sh sets

    SANDBOX_KIND      host (the default), or a name in KINDS below
    SANDBOX_ENGINE    the engine's command line, as in `docker -H unix:///run/x.sock`
    SANDBOX_LAYERS    handed to every server, host or not
    SANDBOX_SEEN      a file: the layers that a server has said to be on

A container is the same Server with another command line: the engine's client stays in the foreground,
hands SIGTERM on, and ends with the server's exit status. The network is the host's, so ports and clients
are as they are elsewhere; processes and descriptors are seen from outside, in this machine's /proc.
"""
import contextlib
import glob
import os
import re
import subprocess

import harness

KIND = os.environ.get("SANDBOX_KIND", "host")
ENGINE = os.environ.get("SANDBOX_ENGINE", "docker").split()
LAYERS = os.environ.get("SANDBOX_LAYERS", "")

# name: image, options of `run`. A tmpfs takes its mode from the directory below it, as a volume would not: it
# is said. exec, because a volume is: what a program may not do must not depend on a mount option.
KINDS = {
    "docker": ("sandbox", ()),
    "docker-ro": ("sandbox", (
        "--read-only", "--tmpfs", "/rootfs/python/tmp:exec,mode=755", "--tmpfs", "/rootfs/node/tmp:exec,mode=755")),
    "k8s": ("sandbox-nonroot", (
        "--read-only", "--tmpfs", "/tmp:exec,mode=1777", "--user", "1000:1000", "--cap-drop", "ALL",
        "--security-opt", "no-new-privileges")),
}

# What Docker's seccomp profile refuses, of what the programs try. Its answer is before ours, and has no name.
PROFILE = (
    "acct add_key bpf clock_settime clone delete_module fanotify_init finit_module fsopen init_module ioperm iopl kcmp"
    " kexec_file_load kexec_load keyctl mount mount_setattr move_mount move_pages name_to_handle_at open_by_handle_at"
    " open_tree perf_event_open personality pivot_root process_vm_readv process_vm_writev quotactl reboot request_key"
    " sethostname setns settimeofday swapoff swapon syslog umount2 unshare userfaultfd"
).replace(" ", "|")

# Where other things are to be asked of a program than it says: kinds, or layers that are off; the beginning of
# what it says, what is asked instead ("failed": an exit status that is not 0), and why. Nowhere may it say ESCAPED.
DIFFERENT = (
    (("-listener",), r"refused=", "failed", "the listener knows a refused call's name; EPERM does not"),
    (tuple(KINDS), rf"refused=({PROFILE})$", "failed", "the engine's own seccomp profile has refused it"),
    (("k8s",), r"refused=chroot$", "failed", "the profile, for a container without that capability"),
)


def expected(said):
    """What is to be asked here of a program that says `expect: said`."""
    here = {KIND, *LAYERS.split(",")}
    return next((then for where, pattern, then, _ in DIFFERENT if here & set(where) and re.match(pattern, said)), said)


class ContainerServer(harness.Server):
    def _command(self, args, variables):
        image, options = KINDS[KIND]
        self.name = f"sandbox-matrix-{os.getpid()}-{self.number}"
        env = [word for k, v in variables.items() for word in ("-e", f"{k}={v}")]
        return [*ENGINE, "run", "--rm", "--name", self.name, "--network", "host", *options, *env,
                image, "serve", *args], dict(os.environ)

    def _engine(self, *words):
        return subprocess.run([*ENGINE, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout

    def _await_health(self):
        super()._await_health()
        self.pid = int(self._engine("inspect", "-f", "{{.State.Pid}}", self.name))

    def _slots(self):
        """As a path below a descriptor: it is in another mount namespace."""
        slots = {}
        for pid in self._processes():
            for fd in glob.glob(f"/proc/{pid}/fd/*"):
                with contextlib.suppress(OSError):
                    found = re.search(r"/(?:tmp|run/sandbox|tmp/sandbox-\d+)/(\d+)(?:-[0-9a-f]{16})?$", os.readlink(fd))
                    if found:
                        slots.setdefault(int(found.group(1)), set()).add(fd)
        return slots

    def left_processes(self):
        """Where runs have no uid of their own: all in the container but the server's own, templates, copies that wait."""
        if KIND != "k8s":
            return super().left_processes()
        level = len(self._numbers(self.pid)) - 1  # of the monitor's pid namespace
        templates = {row["pid"] for row in self.templates()}
        return [f"process {pid}" for pid in sorted(self._processes() - self._own())
                if not {*self._numbers(pid)[level:level + 1]} & templates and not self._is_waiting(pid)
                and self._name(pid) not in ("sandbox-usher", "sandbox-deps")]

    @staticmethod
    def _name(pid):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/comm") as f:
            return f.read().strip()
        return ""

    @staticmethod
    def _numbers(pid):
        """A process's number in each pid namespace, from this one inwards."""
        with contextlib.suppress(OSError), open(f"/proc/{pid}/status") as f:
            return [int(n) for line in f if line.startswith("NSpid:") for n in line.split()[1:]]
        return []

    def _end(self):
        self._engine("rm", "-f", self.name)
        super()._end()


def server(**settings):
    """A server on the kind of machine that is asked for. Only on this one, as it is, templates must be had."""
    kind = harness.Server if KIND == "host" else ContainerServer
    started = kind(SANDBOX_LAYERS=LAYERS, strict=KIND == "host" and not LAYERS, **settings)
    seen = os.environ.get("SANDBOX_SEEN")
    if seen:
        said = started.request("GET", "/health?verbose").json["isolation"]
        with open(seen, "w") as f:
            f.write("; ".join(f"{word}: " + " ".join(row["layer"] for row in said if row["on"] is on)
                              for word, on in (("on", True), ("off", False))))
    return started
