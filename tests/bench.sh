#!/bin/sh
# bench.sh - what a run costs next to a bare interpreter start. Ratios of one run
# on one machine; nothing here passes or fails.
set -eu
cd "$(dirname "$0")/.."
for python in /usr/bin/python3 python3; do
	command -v "$python" >/dev/null && exec "$python" tests/bench.py "$@"
done
echo "bench.sh: no python3; dist/deps.sh test installs one" >&2
exit 1
