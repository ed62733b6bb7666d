"""
The project's root is the working directory of every test. SANDBOX_COUNTS names a file for the sums;
SANDBOX_SAMPLE="N K" leaves of the hostile programs that stand alone every Nth, from the Kth on; of their cold runs
every third is left then, unless SANDBOX_COLD is all.
"""
import os
import signal
import subprocess
import sys

import pytest

import harness

os.chdir(harness.ROOT)


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes seconds (leave out with -m 'not slow')")


def pytest_sessionstart(session):
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the servers are ended, as after ^C
    if not os.access(harness.BINARY, os.X_OK):
        sys.exit(f"{harness.BINARY} is not there; run make")


@pytest.fixture(scope="session")
def numpy_tree():
    """A root filesystem with numpy and pandas; made the first time, as bench.sh does, and kept."""
    tree = os.path.join(harness.ROOT, "build", "rootfs-numpy", "python")
    if not os.path.isdir(tree):
        made = subprocess.run(
            ["dist/rootfs.sh", "python", "build/rootfs-numpy"], capture_output=True, text=True,
            env={**os.environ, "PYTHON": "", "PYTHON_PACKAGES": "python3-numpy python3-pandas"})
        assert made.returncode == 0, f"no root filesystem with numpy and pandas: {made.stderr[-600:]}"
    return tree


def pytest_collection_modifyitems(config, items):
    every, first = map(int, os.environ.get("SANDBOX_SAMPLE", "1 0").split())
    left_out = set()
    for mode in ("ready", "cold"):
        alone = [item for item in items if item.name.startswith(f"test_hostile[{mode}-")]
        kept = alone[first % every::every]
        if mode == "cold" and os.environ.get("SANDBOX_COLD") != "all":
            kept = kept[::3]
        left_out |= set(alone) - set(kept)
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter):
    """A skipped test did not pass; it is counted as failed and named."""
    path = os.environ.get("SANDBOX_COUNTS")
    if not path:
        return
    stats = terminalreporter.stats
    kinds = ("failed", "error", "skipped", "xfailed", "xpassed")
    with open(path, "w") as f:
        f.write(f"{len(stats.get('passed', []))} {sum(len(stats.get(k, [])) for k in kinds)}\n")
