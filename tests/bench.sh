#!/bin/sh
# bench.sh - what a run costs next to a bare interpreter start, and the goals for it. Ratios of one
# run on one machine: fails when a measurement cannot be made or an answer is wrong, not when a goal is missed.
#
#   tests/bench.sh [ROUNDS]    5 is quick
#
# numpy and pandas have a root filesystem of their own, made here the first time.
set -eu
cd "$(dirname "$0")/.."
dist/deps.sh bench || echo 'bench.sh: no wrk: eight clients are as slow as Python makes them' >&2
[ -e build/rootfs-numpy/python ] ||
    PYTHON='' PYTHON_PACKAGES='python3-numpy python3-pandas' dist/rootfs.sh python build/rootfs-numpy >&2 ||
    echo 'bench.sh: no root filesystem with numpy and pandas: see above; going on without' >&2
for python in /usr/bin/python3 python3; do
	command -v "$python" >/dev/null && exec "$python" tests/bench.py "$@"
done
echo "bench.sh: no python3; dist/deps.sh test installs one" >&2
exit 1
