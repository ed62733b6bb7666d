"""
The yardstick of bench.py: what a run costs a warm CPython without a jail, HTTP or time limits.
Runs in the root filesystem as `python3 -c`. Arguments: a program, what it prints, seconds, and when
it is compiled: "before" all forks, or "in" each.

Prints the seconds that each run took, as JSON.
"""
import base64  # noqa: F401 the program's imports
import gc
import json
import os
import sys
import time

program, expected, seconds, when = sys.argv[1:]
code = compile(program, "<code>", "exec") if when == "before" else program


def run():
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.dup2(into, 1)
            exec(code, {"__name__": "__main__"})
            sys.stdout.flush()
            os._exit(0)
        finally:
            os._exit(1)
    os.close(into)
    parts = []
    while part := os.read(out, 65536):
        parts.append(part)
    os.close(out)
    if os.waitpid(pid, 0)[1] != 0 or b"".join(parts).decode() != expected:
        sys.exit(f"a forked run printed {parts}")


gc.freeze()
run()
took, end = [], time.perf_counter() + float(seconds)
while (begin := time.perf_counter()) < end:
    run()
    took.append(time.perf_counter() - begin)
print(json.dumps(took))
