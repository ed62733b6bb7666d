"""The project's root is the working directory of every test; SANDBOX_COUNTS names a file for the sums."""
import os
import signal
import sys

import harness

os.chdir(harness.ROOT)


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes seconds (leave out with -m 'not slow')")


def pytest_sessionstart(session):
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the servers are ended, as after ^C
    if not os.access(harness.BINARY, os.X_OK):
        sys.exit(f"{harness.BINARY} is not there; run make")


def pytest_terminal_summary(terminalreporter):
    """A skipped test did not pass; it is counted as failed and named."""
    path = os.environ.get("SANDBOX_COUNTS")
    if not path:
        return
    stats = terminalreporter.stats
    kinds = ("failed", "error", "skipped", "xfailed", "xpassed")
    with open(path, "w") as f:
        f.write(f"{len(stats.get('passed', []))} {sum(len(stats.get(k, [])) for k in kinds)}\n")
