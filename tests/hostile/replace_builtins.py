# expect: blocked
# proof: careless
# Replace what a bootstrap may still use after us: json.dumps, str, print, open, os.write, sys.exit.
import builtins
import json
import os
import re
import sys

MARK = re.compile(r"Kq7-[a-z]+-secret")
say = os.write


def spy(real):
    def fake(*args, **kwargs):
        hit = MARK.search(repr([args, kwargs])[:100_000])
        if hit:
            say(1, b"ESCAPED: was handed " + hit.group().encode() + b"\n")
        return real(*args, **kwargs)
    return fake


json.dumps = spy(json.dumps)
os.write = spy(os.write)
os.close = spy(os.close)
sys.exit = spy(sys.exit)
sys.excepthook = spy(sys.excepthook)
builtins.print = spy(print)
builtins.open = spy(open)
builtins.len = spy(len)
say(1, b"held: unless a line follows\n")
