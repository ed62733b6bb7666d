# expect: blocked
# proof: careless
# Every object that the collector knows: keys, other programs' code, open files.
import gc
import io
import re
import socket

MARK = re.compile(r"Kq7-[a-z]+-secret")
gc.enable()
found = set()
for thing in gc.get_objects() + gc.get_referents(*gc.get_objects()):
    if isinstance(thing, dict):
        for value in list(thing.values()):
            if isinstance(value, (str, bytes)):
                found.update(MARK.findall(value if isinstance(value, str) else value.decode("latin-1")))
    elif isinstance(thing, (str, bytes)):
        found.update(MARK.findall(thing if isinstance(thing, str) else thing.decode("latin-1")))
    elif isinstance(thing, socket.socket) and thing.fileno() > 2:
        found.add(repr(thing))
    elif isinstance(thing, io.FileIO) and not thing.closed and thing.fileno() > 2:
        found.add(repr(thing))
if not found:
    raise SystemExit("held: nothing but our own")
print("ESCAPED:", sorted(found)[:4])
