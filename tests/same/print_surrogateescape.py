# a byte that was smuggled in by surrogateescape comes out as it went in (C.UTF-8)
import os, sys
print(sys.stdout.errors)
name = os.fsdecode(b"bad-\xff-name")
print(len(name), name.encode("utf-8", "surrogateescape"))
print(name)
