# expect: blocked
# proof: stdout
# Other runs keep their code and files near ours, and their command lines in /proc.
import os
import re
import time

try:
    mark = re.compile(rb"Kq7-[a-z]+-secret")
    found = []
    mine = ("/proc/self", "/proc/thread-self", f"/proc/{os.getpid()}/")
    dull = ("/usr", "/lib", "/sys", "/opt", "/home", "/root", "/hostile")
    tops = ["/proc", "/tmp", "/run", "/dev/shm", "/var"] + ["/".join([".."] * n) for n in range(1, 5)]
    until = time.monotonic() + 3
    for top in dict.fromkeys(os.path.realpath(t) for t in tops):
        for base, dirs, names in os.walk(top):
            if time.monotonic() > until or found:
                break
            if base.count("/") > 3 or (base + "/").startswith(mine) or base.startswith(dull):
                dirs[:] = []
                continue
            for name in names:
                if base.startswith("/proc") and name not in ("cmdline", "environ"):
                    continue
                try:
                    fd = os.open(os.path.join(base, name), os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
                    hit = mark.search(os.read(fd, 65536))
                    os.close(fd)
                except OSError:
                    continue
                if hit:
                    found.append((os.path.join(base, name), hit.group()))
    assert found, "nothing of anybody's"
except Exception as e:
    raise SystemExit(f"held: {e!r}")
print("ESCAPED:", "found", found[:3])
