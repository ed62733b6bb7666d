# raise SystemExit(None) and SystemExit without arguments are 0
import sys
try:
    raise SystemExit
except SystemExit as e:
    print(repr(e), e.code)
raise SystemExit(None)
