"""Some of the long programs (long.py) where Debian's package can be had: as they end cold, they end warm."""
import contextlib
import sys

import pytest

import long

try:
    long.tree()
except long.Unavailable as e:
    print(f"no long programs: {e}", file=sys.stderr)
else:
    @pytest.fixture(scope="module")
    def servers():
        with contextlib.ExitStack() as stack:
            started = {mode: stack.enter_context(long.server(mode)) for mode in long.MODES}
            yield started
            for server in started.values():
                server.assert_warm()

    @pytest.mark.parametrize("module", long.QUICK)
    def test_long(servers, module):
        ends, good = long.compare(servers, module)
        assert ends["cold"][0].whole and ends["cold"][0].got["run"] > 1, ends["cold"][0].why
        assert good, [long.differs(ends["cold"][0], end) for ends_of in ends.values() for end in ends_of]
